package config

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Print writes the settings in force as YAML that could be read back, but for the secrets,
// which are redacted. A comment behind each key says where it comes from: default, file
// with its line, or env with the variable.
func (c Config) Print(w io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range c.settings() {
		keys := strings.Split(s.path, ".")
		parent := root
		for _, key := range keys[:len(keys)-1] {
			parent = section(parent, key)
		}
		source := c.sources[s.path]
		if source == "" {
			source = "default"
		}
		name, value := &yaml.Node{Kind: yaml.ScalarNode, Value: keys[len(keys)-1]}, s.node()
		if value.Kind == yaml.ScalarNode || value.Style == yaml.FlowStyle {
			value.LineComment = source
		} else {
			name.LineComment = source
		}
		parent.Content = append(parent.Content, name, value)
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return fmt.Errorf("print settings: %w", err)
	}
	return enc.Close()
}

// section returns the mapping under key, made if it is not there.
func section(parent *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(parent.Content); i += 2 {
		if parent.Content[i].Value == key {
			return parent.Content[i+1]
		}
	}
	child := &yaml.Node{Kind: yaml.MappingNode}
	parent.Content = append(parent.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, child)
	return child
}

// node writes a setting as YAML; a text that YAML would read as something else is quoted.
func (s setting) node() *yaml.Node {
	n := &yaml.Node{}
	switch v := s.value.Interface().(type) {
	case Schedule:
		n = texts(v)
	case Paths:
		n = texts(v)
	case Names:
		n = texts(v)
	case map[string]string:
		n.Kind = yaml.MappingNode
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			k, text := &yaml.Node{}, &yaml.Node{}
			k.SetString(key)
			text.SetString(v[key])
			n.Content = append(n.Content, k, text)
		}
	case fmt.Stringer:
		n.SetString(v.String())
	default:
		text := fmt.Sprint(v)
		if s.value.Kind() == reflect.String {
			n.SetString(text)
		} else {
			n.Kind, n.Value = yaml.ScalarNode, text
		}
	}
	if n.Kind == yaml.ScalarNode && n.Value == "" {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// texts is a list on one line.
func texts(list []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, text := range list {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: text})
	}
	return n
}

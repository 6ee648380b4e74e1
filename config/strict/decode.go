package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/width"
)

// Unmarshaler is implemented by what reads itself, such as a value that may be a scalar or
// a mapping. It reads through v, which keeps the problems.
type Unmarshaler interface{ UnmarshalStrict(v Value) }

// Value is a YAML value about to be read by an Unmarshaler.
type Value struct {
	d    *decoder
	node *yaml.Node
	path string
}

// Kind is the shape of a Value.
type Kind string

// The kinds.
const (
	Scalar  Kind = "scalar"
	List    Kind = "list"
	Mapping Kind = "mapping"
)

// Kind returns the shape of the value.
func (v Value) Kind() Kind {
	switch v.node.Kind {
	case yaml.SequenceNode:
		return List
	case yaml.MappingNode:
		return Mapping
	}
	return Scalar
}

// Pos returns where the value stands.
func (v Value) Pos() Pos { return Pos{v.d.file, v.node.Line, v.path, v.node} }

// Decode reads the value into what into points to.
func (v Value) Decode(into any) { v.d.value(v.node, v.path, reflect.ValueOf(into).Elem()) }

// Fail records a problem at the value.
func (v Value) Fail(format string, args ...any) { v.d.add(v.node.Line, v.path, format, args...) }

var (
	posType         = reflect.TypeFor[Pos]()
	unmarshalerType = reflect.TypeFor[Unmarshaler]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value reads n into dst, which is settable.
func (d *decoder) value(n *yaml.Node, path string, dst reflect.Value) {
	if n.Kind == refused {
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		d.add(n.Line, path, "has no value: write one, or leave the key out (for an empty text write \"\", for the word %s put it in quotes)", orElse(n.Value, "null"))
		return
	}
	if dst.Kind() == reflect.Pointer {
		if dst.IsNil() {
			dst.Set(reflect.New(dst.Type().Elem()))
		}
		d.value(n, path, dst.Elem())
		return
	}
	switch p := dst.Addr(); {
	case p.Type().Implements(unmarshalerType):
		p.Interface().(Unmarshaler).UnmarshalStrict(Value{d, n, path})
		return
	case p.Type().Implements(textType):
		if d.want(n, path, yaml.ScalarNode, "one value") {
			if err := p.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
				d.add(n.Line, path, "%v", err)
			}
		}
		return
	}
	switch dst.Kind() {
	case reflect.Struct:
		if d.want(n, path, yaml.MappingNode, "a mapping of key: value lines") {
			d.mapping(n, path, dst)
		}
	case reflect.Slice:
		if d.want(n, path, yaml.SequenceNode, "a list, such as [a, b]") {
			list := reflect.MakeSlice(dst.Type(), len(n.Content), len(n.Content))
			for i, c := range n.Content {
				d.value(c, path+"["+strconv.Itoa(i)+"]", list.Index(i))
			}
			dst.Set(list)
		}
	case reflect.Map:
		if dst.Type().Key().Kind() != reflect.String {
			panic("strict: " + dst.Type().String() + ": the keys of a map must be texts")
		}
		if d.want(n, path, yaml.MappingNode, "a mapping of key: value lines") {
			m := reflect.MakeMapWithSize(dst.Type(), len(n.Content)/2)
			for i := 0; i+1 < len(n.Content); i += 2 {
				v := reflect.New(dst.Type().Elem()).Elem()
				d.value(n.Content[i+1], join(path, n.Content[i].Value), v)
				m.SetMapIndex(reflect.ValueOf(n.Content[i].Value).Convert(dst.Type().Key()), v)
			}
			dst.Set(m)
		}
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.scalar(n, path, dst)
	default:
		panic("strict: cannot read into " + dst.Type().String())
	}
}

// want checks the shape of n.
func (d *decoder) want(n *yaml.Node, path string, kind yaml.Kind, what string) bool {
	if n.Kind == kind {
		return true
	}
	got := map[yaml.Kind]string{yaml.ScalarNode: "is a single value", yaml.SequenceNode: "is a list", yaml.MappingNode: "is a mapping"}[n.Kind]
	d.add(n.Line, path, "%s: it must be %s", got, what)
	return false
}

func (d *decoder) scalar(n *yaml.Node, path string, dst reflect.Value) {
	switch dst.Kind() {
	case reflect.String:
		if d.want(n, path, yaml.ScalarNode, "a text") {
			dst.SetString(n.Value) // as typed: 0123 and NO stay what they are
		}
	case reflect.Bool:
		switch {
		case !d.want(n, path, yaml.ScalarNode, "true or false"):
		case n.Style == 0 && (n.Value == "true" || n.Value == "false"):
			dst.SetBool(n.Value == "true")
		default:
			d.add(n.Line, path, "%q is not true or false: write the word true or false, without quotes", clip(n.Value))
		}
	default:
		if !d.want(n, path, yaml.ScalarNode, "a whole number") {
			return
		}
		i, err := wholeNumber(n, dst.Type().Bits())
		if err != nil {
			d.add(n.Line, path, "%v", err)
			return
		}
		dst.SetInt(i)
	}
}

// wholeNumber reads plain ASCII digits. YAML would also take 0x1f, 1_000, 0o17 and, in old
// readers, 017 for fifteen: none of them is what a person means in a form.
func wholeNumber(n *yaml.Node, bits int) (int64, error) {
	s := n.Value
	if n.Style != 0 {
		return 0, fmt.Errorf("%q is a text: write the number without quotes", clip(s))
	}
	if narrow := width.Narrow.String(s); narrow != s {
		return 0, fmt.Errorf("%q is written with full-width digits: write it with ASCII digits, %s", clip(s), clip(narrow))
	}
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a whole number: write digits only, such as 12", clip(s))
	}
	if len(digits) > 1 && digits[0] == '0' {
		return 0, fmt.Errorf("%s begins with 0: write the number without leading zeros", clip(s))
	}
	i, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%s is too large a number", clip(s))
	}
	return i, nil
}

// mapping reads a mapping into a struct.
func (d *decoder) mapping(n *yaml.Node, path string, dst reflect.Value) {
	t := &target{fields: map[string]field{}}
	t.gather(dst, Pos{d.file, n.Line, path, n})
	given := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		f, ok := t.fields[k.Value]
		if !ok {
			d.add(k.Line, join(path, k.Value), "unknown key: %sknown here: %s", hint(k.Value, t.names), orElse(strings.Join(t.names, ", "), "none"))
			continue
		}
		given[k.Value] = true
		if f.required && len(v.Content) == 0 && v.Value == "" && v.Kind != refused && (v.Tag != "!!null") {
			d.add(k.Line, join(path, k.Value), "is empty: it must be given")
			continue
		}
		d.value(v, join(path, k.Value), f.value)
	}
	var missing []string
	for _, name := range t.names {
		if t.fields[name].required && !given[name] {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 1:
		d.add(n.Line, path, "the key %s is missing: it must be given", missing[0])
	case len(missing) > 1:
		d.add(n.Line, path, "the keys %s are missing: they must be given", strings.Join(missing, ", "))
	}
}

// target is a struct as the decoder sees it: its fields by the names of their keys.
type target struct {
	names  []string
	fields map[string]field
}

type field struct {
	value    reflect.Value
	required bool
}

func (t *target) gather(s reflect.Value, pos Pos) {
	for i := range s.NumField() {
		f := s.Type().Field(i)
		switch tag, tagged := f.Tag.Lookup("yaml"); {
		case f.Anonymous && f.Type == posType:
			s.Field(i).Set(reflect.ValueOf(pos))
		case f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct:
			t.gather(s.Field(i), pos)
		case tagged && tag != "-":
			name, options, _ := strings.Cut(tag, ",")
			if _, twice := t.fields[name]; twice {
				panic(fmt.Sprintf("strict: %s has two fields for the key %s", s.Type(), name))
			}
			t.names = append(t.names, name)
			t.fields[name] = field{s.Field(i), slices.Contains(strings.Split(options, ","), "required")}
		}
	}
}

// clip shortens a value for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

package strict

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// scan looks over the tree for what no file may have, whatever type it is read into:
// aliases, anchors, merge keys, tags, keys that are not plain texts, keys given twice, and
// nesting beyond the limit. Where it finds one that would mislead the decoder it turns the
// node into a refused one, so that a fault is told once.
func (d *decoder) scan(n *yaml.Node, path string, depth int) {
	if n.Anchor != "" {
		d.add(n.Line, path, "&%s is an anchor: anchors and aliases are not used here, write the value out", n.Anchor)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.add(n.Line, path, "%s is a tag: tags are not used here, remove it", n.Tag)
		n.Kind = refused
		return
	}
	if depth > MaxDepth {
		d.add(n.Line, path, "nested deeper than %d levels: make it flatter", MaxDepth)
		n.Kind = refused
		return
	}
	switch n.Kind {
	case yaml.AliasNode:
		d.add(n.Line, path, "*%s is an alias: anchors and aliases are not used here, write the value out", n.Value)
		n.Kind, n.Alias = refused, nil
	case yaml.SequenceNode:
		for i, c := range n.Content {
			d.scan(c, path+"["+strconv.Itoa(i)+"]", depth+1)
		}
	case yaml.MappingNode:
		d.scanMapping(n, path, depth)
	}
}

func (d *decoder) scanMapping(n *yaml.Node, path string, depth int) {
	lines := make(map[string]int, len(n.Content)/2)
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode || k.Style&yaml.TaggedStyle != 0 || k.Anchor != "":
			d.add(k.Line, path, "a key must be a plain word, such as title")
			continue
		case k.Tag == "!!merge":
			d.add(k.Line, path, "<< is a merge key: merging is not used here, write the keys out")
			continue
		case k.Value == "":
			d.add(k.Line, path, "a key is empty: write a word before the colon")
			continue
		case lines[k.Value] > 0:
			d.add(k.Line, join(path, k.Value), "the key is given twice, first on line %d: keep one", lines[k.Value])
			continue
		}
		lines[k.Value] = k.Line
		d.scan(v, join(path, k.Value), depth+1)
		kept = append(kept, k, v)
	}
	n.Content = kept
}

// refused marks a node whose fault has been told: the decoder passes over it.
const refused yaml.Kind = 0

// join returns the path of a key below path.
func join(path, key string) string {
	if r := []rune(key); len(r) > 64 {
		key = string(r[:64]) + "…"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

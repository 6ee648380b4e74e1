package strict

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Pos is where a value stands in its file. A struct that embeds it learns its own place,
// and through it the places of everything below. The zero Pos is no place.
type Pos struct {
	File string
	Line int
	Path string
	node *yaml.Node
}

// At returns the place of what lies below p: "due.monthly[1]", "title". If the file does
// not have it, the line is that of the nearest thing around it that the file has.
func (p Pos) At(path string) Pos {
	q := p
	q.Path = join(p.Path, path)
	if strings.HasPrefix(path, "[") {
		q.Path = p.Path + path
	}
	for _, step := range steps(path) {
		line, n := child(q.node, step)
		if q.node = n; line == 0 {
			break
		}
		q.Line = line
	}
	return q
}

// Item returns the place of the i-th thing, from 0, of the list at path.
func (p Pos) Item(path string, i int) Pos { return p.At(path + "[" + strconv.Itoa(i) + "]") }

// Given reports whether the file has a value at path below p.
func (p Pos) Given(path string) bool {
	n := p.node
	for _, step := range steps(path) {
		var line int
		if line, n = child(n, step); line == 0 {
			return false
		}
	}
	return true
}

// Keys returns the keys of the mapping at p, in the order of the file.
func (p Pos) Keys() []string {
	var keys []string
	if p.node != nil && p.node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(p.node.Content); i += 2 {
			keys = append(keys, p.node.Content[i].Value)
		}
	}
	return keys
}

// Problem returns a problem at p: say what is wrong, and what would be right.
func (p Pos) Problem(format string, args ...any) Problem {
	return Problem{p.File, p.Line, p.Path, fmt.Sprintf(format, args...)}
}

// steps cuts "due.monthly[1]" into due, monthly, [1].
func steps(path string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(path, "[", ".["), func(r rune) bool { return r == '.' })
}

// child returns the line and the node of one step below n; the line is 0 if there is none.
// A key stands on its own line even if its value begins on the next.
func child(n *yaml.Node, step string) (int, *yaml.Node) {
	if n == nil {
		return 0, nil
	}
	if index, ok := strings.CutPrefix(step, "["); ok {
		i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil || n.Kind != yaml.SequenceNode || i < 0 || i >= len(n.Content) {
			return 0, nil
		}
		return n.Content[i].Line, n.Content[i]
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i].Line, n.Content[i+1]
			}
		}
	}
	return 0, nil
}

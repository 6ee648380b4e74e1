package forms

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Encode writes the form as a YAML file that Load reads back equal, for forms made in the browser:
// what a person clicked together can be kept, compared and edited like any other. A leaf is one
// line, as a person would write it.
//
// The labels and paths of fields are those of the tree (see SetPaths), whatever the form has; an
// empty list is left out. The error joins the *SchemaError of Validate: only a valid form is
// written. It is a strict.Problems should Load refuse the file all the same.
func Encode(f *Form) ([]byte, error) {
	if errs := f.Validate(); len(errs) > 0 {
		return nil, fmt.Errorf("encode form %s: %w", f.ID, errors.Join(errs...))
	}
	m := mapping{&yaml.Node{Kind: yaml.MappingNode}}
	m.text("id", f.ID)
	m.number("version", f.Version)
	m.text("kind", string(f.Kind))
	m.text("label", f.Label)
	m.text("title", f.Title)
	m.node("page", pageNode(f.Page))
	m.node("head", headNode(f.Head))
	m.node("foot", headNode(f.Foot))
	m.text("stub", f.Stub)
	m.text("total", f.Total)
	m.flag("unit_row", f.UnitRow)
	m.flag("numbers", f.Numbers)
	m.node("ledger", ledgerNode(f.Ledger))
	sections := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range f.Sections {
		line := flow()
		line.text("id", s.ID)
		line.text("name", s.Name)
		sections.Content = append(sections.Content, line.Node)
	}
	m.node("sections", sections)
	m.node("columns", columnsNode(f.Columns))
	m.text("notes_label", f.NotesLabel)
	m.node("notes", textsNode(f.Notes, 0))
	m.node("checks", checksNode(f.Checks))
	m.text("remark", f.Remark)

	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(m.Node), enc.Close()); err != nil {
		return nil, fmt.Errorf("encode form %s: %w", f.ID, err)
	}
	if _, err := Load(f.ID+".yaml", b.Bytes()); err != nil {
		return nil, fmt.Errorf("encode form %s: it would not be read back: %w", f.ID, err)
	}
	return b.Bytes(), nil
}

// mapping is a YAML mapping being written; what is blank is left out.
type mapping struct{ *yaml.Node }

// flow is a mapping on one line.
func flow() mapping { return mapping{&yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}} }

func (m mapping) add(key string, v *yaml.Node) {
	m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
}

func (m mapping) node(key string, v *yaml.Node) {
	if v != nil && len(v.Content) > 0 {
		m.add(key, v)
	}
}

func (m mapping) text(key, s string) {
	if s != "" {
		m.add(key, textNode(s))
	}
}

func (m mapping) number(key string, n int) {
	if n != 0 {
		m.add(key, &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.Itoa(n)})
	}
}

func (m mapping) flag(key string, on bool) {
	if on {
		m.add(key, &yaml.Node{Kind: yaml.ScalarNode, Value: "true"})
	}
}

// textNode writes a text plainly if it can be read back so. What has line ends, or blanks at its
// edges, goes into double quotes, where nothing is folded or lost.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsAny(s, "\n\r\t\u0085\u2028\u2029\uFEFF") || strings.TrimSpace(s) != s {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func textsNode(list []string, style yaml.Style) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: style}
	for _, s := range list {
		n.Content = append(n.Content, textNode(s))
	}
	return n
}

func pageNode(p Page) *yaml.Node {
	m := flow()
	m.text("paper", p.Paper)
	m.flag("landscape", p.Landscape)
	if p.Margins != nil {
		edges := flow()
		for _, e := range []struct {
			key string
			mm  float64
		}{{"top", p.Margins.Top}, {"right", p.Margins.Right}, {"bottom", p.Margins.Bottom}, {"left", p.Margins.Left}} {
			edges.add(e.key, &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatFloat(e.mm, 'f', -1, 64)})
		}
		m.node("margins", edges.Node)
	}
	return m.Node
}

func headNode(items []HeadItem) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, h := range items {
		m := flow()
		m.text("label", h.Label)
		m.text("from", string(h.From))
		m.text("text", h.Text)
		m.flag("right", h.Right)
		n.Content = append(n.Content, m.Node)
	}
	return n
}

func ledgerNode(l *LedgerRule) *yaml.Node {
	if l == nil {
		return nil
	}
	m := flow()
	m.text("closed", l.Closed)
	m.text("deadline", l.Deadline)
	m.node("evidence", textsNode(l.Evidence, yaml.FlowStyle))
	m.text("zero", string(l.Zero))
	return m.Node
}

func columnsNode(hs []*Heading) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, h := range hs {
		if h.Field == nil {
			m := mapping{&yaml.Node{Kind: yaml.MappingNode}}
			m.text("heading", h.Label)
			m.node("columns", columnsNode(h.Children))
			n.Content = append(n.Content, m.Node)
			continue
		}
		m, x := flow(), h.Field
		m.text("heading", h.Label)
		m.text("id", x.ID)
		m.text("type", string(x.Type))
		m.text("unit", x.Unit)
		m.number("decimals", x.Decimals)
		m.flag("required", x.Required)
		m.node("choices", textsNode(x.Choices, yaml.FlowStyle))
		m.text("baseline", x.Baseline)
		m.node("sum", textsNode(x.Sum, yaml.FlowStyle))
		m.text("section", x.Section)
		m.flag("personal", x.Personal)
		m.number("max", x.Max)
		m.text("remark", x.Remark)
		n.Content = append(n.Content, m.Node)
	}
	return n
}

func checksNode(checks []Check) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, k := range checks {
		m := mapping{&yaml.Node{Kind: yaml.MappingNode}}
		m.text("id", k.ID)
		m.node("each", textsNode(k.Each, yaml.FlowStyle))
		m.text("rule", k.Rule)
		m.text("severity", string(k.Severity))
		later := &yaml.Node{Kind: yaml.SequenceNode}
		for _, l := range k.Later {
			change := flow()
			change.text("from", l.From)
			change.text("severity", string(l.Severity))
			later.Content = append(later.Content, change.Node)
		}
		m.node("later", later)
		m.text("zero", string(k.Zero))
		m.text("message", k.Message)
		m.text("message_en", k.MessageEn)
		m.text("cite", k.Cite)
		n.Content = append(n.Content, m.Node)
	}
	return n
}

package attach

import "bytes"

// Bounds of an XML part. encoding/xml has none: two million nested elements cost it seconds.
const (
	maxNesting  = 256
	maxElements = 5_000_000
)

// markup scans XML as it streams by, counting rather than reading: entities and document
// types are refused, depth and number of elements are bounded. What passes may be given to a
// real parser.
type markup struct {
	state    scanState
	quote    byte
	last     [2]byte // the bytes before, inside of a tag or a section
	tag      []byte  // the beginning of the tag that is open
	depth    int
	elements int
	started  bool
}

type scanState int

const (
	inText scanState = iota
	inTag
	inQuote
	inComment
	inSection // CDATA
	inInstruction
)

var (
	brokenXML = damaged("文件", "file")
	declared  = fault("文件内部含有不允许的声明（DTD、实体）。请用Office或WPS重新另存后再上传。",
		"The file holds declarations that are not allowed (DTD, entities). Please save it anew with Office or WPS.")
	tangled = fault("文件内部结构过于复杂，超出系统处理范围。请另存后再上传。",
		"The file's inner structure is too complex to be handled. Please save it anew.")
	wideXML = fault("文件内部编码不是UTF-8，无法核对。请用Office或WPS重新另存后再上传。",
		"The file's inner encoding is not UTF-8 and cannot be checked. Please save it anew with Office or WPS.")
)

func (m *markup) write(p []byte) error {
	for len(p) > 0 {
		if m.state == inText {
			i := bytes.IndexByte(p, '<')
			text := p
			if i >= 0 {
				text = p[:i]
			}
			// UTF-16 has a zero in every second byte, or a byte order mark.
			if bytes.IndexByte(text, 0) >= 0 || !m.started && len(text) > 0 && text[0] >= 0xfe {
				return wideXML
			}
			m.started = true
			if i < 0 {
				return nil
			}
			p = p[i+1:]
			m.state, m.tag, m.last = inTag, m.tag[:0], [2]byte{}
			continue
		}
		c := p[0]
		p = p[1:]
		was := m.state
		if err := m.step(c); err != nil {
			return err
		}
		m.last = [2]byte{m.last[1], c}
		if m.state != was { // what opens a comment does not help to end it: <!---> is open
			m.last = [2]byte{}
		}
	}
	return nil
}

// step takes one byte outside of text.
func (m *markup) step(c byte) error {
	switch m.state {
	case inQuote:
		if c == m.quote {
			m.state = inTag
		}
	case inComment:
		if c == '>' && m.last == [2]byte{'-', '-'} {
			m.state = inText
		}
	case inSection:
		if c == '>' && m.last == [2]byte{']', ']'} {
			m.state = inText
		}
	case inInstruction:
		if c == '>' && m.last[1] == '?' {
			m.state = inText
		}
	case inTag:
		return m.within(c)
	}
	return nil
}

func (m *markup) within(c byte) error {
	if c == 0 {
		return wideXML
	}
	if len(m.tag) < 8 {
		m.tag = append(m.tag, c)
		switch t := string(m.tag); {
		case t == "?":
			m.state = inInstruction
			return nil
		case t == "!--":
			m.state = inComment
			return nil
		case t == "![CDATA[":
			m.state = inSection
			return nil
		case t[0] == '!' && len(t) > 1 && t[1] != '-' && t[1] != '[':
			return declared
		}
	}
	switch {
	case m.tag[0] == '!':
		if c == '>' {
			return brokenXML
		}
	case c == '"' || c == '\'':
		m.state, m.quote = inQuote, c
	case c == '<':
		return brokenXML
	case c == '>':
		return m.close()
	}
	return nil
}

// close counts the element whose tag ends here.
func (m *markup) close() error {
	m.state = inText
	switch {
	case m.tag[0] == '/':
		m.depth--
	case m.last[1] == '/':
		m.elements++
	default:
		m.elements++
		m.depth++
	}
	if m.depth > maxNesting || m.elements > maxElements {
		return tangled
	}
	if m.depth < 0 {
		return brokenXML
	}
	return nil
}

func (m *markup) end() error {
	if m.state != inText || m.depth != 0 || m.elements == 0 {
		return brokenXML
	}
	return nil
}

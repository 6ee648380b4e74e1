package httpform

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// placeholder is a name in braces. A brace of JSON is followed by a quote, and so is none.
var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// escaping is how a value is written where it stands; it gets the value in the gateway's charset.
type escaping func(string) string

func query(s string) string { return url.QueryEscape(s) }
func path(s string) string  { return url.PathEscape(s) }
func plain(s string) string { return s }

func inJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("httpform: strings do not fail to encode: " + err.Error())
	}
	quoted := strings.TrimSuffix(b.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

func inXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic("httpform: a buffer does not fail: " + err.Error())
	}
	return b.String()
}

// escapes is how values are written in a body, by its media type.
var escapes = map[string]escaping{
	"application/x-www-form-urlencoded": query,
	"application/json":                  inJSON,
	"application/xml":                   inXML,
	"text/xml":                          inXML,
	"text/plain":                        plain,
}

// charsets are those a gateway may want, by lower-case name; nil leaves UTF-8 as it is.
var charsets = map[string]encoding.Encoding{
	"": nil, "utf-8": nil, "gbk": simplifiedchinese.GBK, "gb2312": simplifiedchinese.GBK, "gb18030": simplifiedchinese.GB18030,
}

// unknown returns the placeholders of a template that have no value.
func unknown(template string, known map[string]bool) []string {
	var out []string
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		if !known[m[1]] {
			out = append(out, m[0])
		}
	}
	return out
}

// fill puts values into a template. A character that the charset lacks is an error, not a question
// mark in the reader's message.
func fill(template string, values map[string]string, write escaping, charset encoding.Encoding) (string, error) {
	var failed error
	out := placeholder.ReplaceAllStringFunc(template, func(s string) string {
		name := s[1 : len(s)-1]
		v, ok := values[name]
		if !ok {
			failed = fmt.Errorf("the message has no %s", s)
			return ""
		}
		if charset != nil {
			coded, err := charset.NewEncoder().String(v)
			if err != nil {
				failed = fmt.Errorf("%s cannot be written in the gateway's charset: %w", s, err)
				return ""
			}
			v = coded
		}
		return write(v)
	})
	return out, failed
}

// address fills a URL: its path one way, its query another.
func address(template string, values map[string]string, charset encoding.Encoding) (string, error) {
	before, after, has := strings.Cut(template, "?")
	out, err := fill(before, values, path, charset)
	if err != nil || !has {
		return out, err
	}
	after, err = fill(after, values, query, charset)
	return out + "?" + after, err
}

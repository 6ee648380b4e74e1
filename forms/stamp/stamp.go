// Package stamp ties a sheet of paper to the return that was printed on it.
//
// A stamped return (盖章件) goes out as a PDF that carries, on each page, a QR code with the
// duty, the version, the page and the content's hash; it comes back as a scan or a photograph,
// and this package reads the codes out of the picture.
//
// Its one rule: what cannot be read is said to be unread, never guessed. Whoever uploads then
// says on screen which version the paper is.
//
// It stores nothing and decides nothing about who may upload: that is the desk's.
package stamp

import (
	"fmt"
	"strconv"
	"strings"
)

// Code is what the QR code of one printed page says.
type Code struct {
	Duty    string // "quanzhou-2021/clues/2021-06-13/qz-anxi"
	Version int    // of the return
	Form    string // form id
	Page    int    // from 1; 0 in a Document, where the encoder counts
	Pages   int
	Hash    string // first 16 hex digits of the return's content hash
}

// scheme begins every code, so that other QR codes on a desk are passed over; the digit is the
// version of the spelling.
const scheme = "baosong1"

// String spells the code: "baosong1|duty|version|form|page/pages|hash".
func (c Code) String() string {
	return strings.Join([]string{scheme, c.Duty, strconv.Itoa(c.Version), c.Form, fmt.Sprintf("%d/%d", c.Page, c.Pages), c.Hash}, "|")
}

// Parse reads a code back; ok is false if the text is not one.
func Parse(s string) (c Code, ok bool) {
	part := strings.Split(s, "|")
	if len(part) != 6 || part[0] != scheme {
		return Code{}, false
	}
	page, pages, _ := strings.Cut(part[4], "/")
	c = Code{Duty: part[1], Form: part[3], Hash: part[5]}
	for into, text := range map[*int]string{&c.Version: part[2], &c.Page: page, &c.Pages: pages} {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return Code{}, false
		}
		*into = n
	}
	return c, c.Page <= c.Pages && c.Duty != "" && c.Form != ""
}

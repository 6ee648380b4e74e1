package web

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms/render"
)

func (v *visit) format(ext string) (Format, bool) {
	for _, f := range v.Formats {
		if f.Ext == ext {
			return f, true
		}
	}
	return Format{}, false
}

// download sends a document as a file. It is encoded as a whole first: a file that fails
// half way is an error page, not a broken file.
func (v *visit) download(f Format, doc render.Document, name string) error {
	var b bytes.Buffer
	if err := f.Encode(&b, doc); err != nil {
		return fmt.Errorf("encode %s: %w", f.Ext, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", f.MediaType)
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name) + "." + f.Ext}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	v.w.WriteHeader(http.StatusOK)
	v.wrote = true
	_, err := b.WriteTo(v.w)
	return ignoreGone(err)
}

// kind names a kind of file as people do.
func kind(ext string) string {
	if ext == "xlsx" {
		return "Excel"
	}
	return strings.ToUpper(ext)
}

// fileName keeps what every file system takes.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, s)
}

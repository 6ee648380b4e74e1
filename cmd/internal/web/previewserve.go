package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// Handler serves the preview.
func (p *Preview) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		// The brand of a page leads here: within a frame to a page, else to a frame.
		http.Redirect(w, r, previewAddress("empty", r.Header.Get("Sec-Fetch-Dest") == "iframe", language(r).Lang), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		f, ok, err := p.look(language(r), p.Clock.Now()).file(r.Context(), strings.TrimPrefix(r.URL.Path, "/"))
		switch {
		case err != nil:
			p.Logger.Error("preview", "path", r.URL.Path, "error", err)
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case !ok:
			http.NotFound(w, r)
		default:
			p.answer(w, http.StatusOK, f)
		}
	})
	mux.HandleFunc("POST /", p.try)
	return http.NewCrossOriginProtection().Handler(mux)
}

// try checks what was typed into a page, and shows it again. The button of a row does as it says.
func (p *Preview) try(w http.ResponseWriter, r *http.Request) {
	x := p.look(Words{Chinese}, p.Clock.Now())
	v := &visit{Server: p.server, w: w, r: r, now: x.now}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	err := r.ParseForm()
	if err == nil {
		err = v.readParts()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	for _, s := range x.states(x.form) {
		for _, x.Lang = range []Lang{Chinese, English} {
			if x.form == nil || name != previewAddress(s.id, true, x.Lang) {
				continue
			}
			v.Words = x.Words
			t := typed{}
			t.Content, t.Shown = v.posted([]*forms.Form{x.form})
			switch act, form, row := button(r.PostForm.Get("do")); act {
			case "auto":
				if err := v.saved(http.StatusOK, 0, ""); err != nil {
					p.Logger.Info("client went away", "error", err)
				}
				return
			case "add":
				t.Shown[form]++
			case "del":
				if before := t.Content[form]; form == x.form.ID {
					t.Content[form] = removeRow(x.form, before, row, x.sample.context().Opening[form])
					t.Shown[form]--
				}
			}
			var b bytes.Buffer
			if err := x.page(s, &t).Render(r.Context(), &b); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			p.answer(w, http.StatusOK, previewFile{htmlMedia, framedPolicy, b.Bytes()})
			return
		}
	}
	http.NotFound(w, r)
}

func (p *Preview) answer(w http.ResponseWriter, status int, f previewFile) {
	h := w.Header()
	p.server.headers(h)
	h.Set("Content-Security-Policy", f.policy)
	h.Set("Content-Type", f.media)
	w.WriteHeader(status)
	if _, err := w.Write(f.content); err != nil {
		p.Logger.Info("client went away", "error", err)
	}
}

// Write writes all that the preview shows as files into a folder, which is made if it is not
// there; index.html is the first of them. It is an error if the form cannot be loaded: the pages
// that say so are written all the same.
func (p *Preview) Write(ctx context.Context, dir string) error {
	x := p.look(Words{Chinese}, p.Clock.Now())
	names := []string{}
	for name := range x.server.assets.byFile {
		names = append(names, "static/"+name)
	}
	for _, s := range x.states(x.form) {
		for _, l := range []Lang{Chinese, English} {
			names = append(names, previewAddress(s.id, false, l), previewAddress(s.id, true, l))
		}
	}
	for _, f := range x.Formats {
		for _, sheet := range []string{"printed", "blank", "zero"} {
			names = append(names, sheet+"."+cmp.Or(map[string]string{"html": "sheet.html"}[f.Ext], f.Ext))
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f, ok, err := x.file(ctx, name)
		if err != nil {
			return fmt.Errorf("web: preview %s: %w", name, err)
		}
		if !ok {
			continue
		}
		for _, as := range append([]string{name}, map[string][]string{"empty.html": {"index.html"}}[name]...) {
			file := filepath.Join(dir, filepath.FromSlash(as))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(file, f.content, 0o644); err != nil {
				return err
			}
		}
	}
	if x.form == nil {
		_, err := p.Load()
		return err
	}
	return nil
}

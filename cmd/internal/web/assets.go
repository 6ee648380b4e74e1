package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
)

//go:embed static
var static embed.FS

// assets are the style sheet and the script under addresses that hold a hash of their
// content, so that a browser may keep them for ever and never uses an old one. A folder is one
// asset: its files one after another, in the order of their names. Those of a script share
// one function, so that none of their names is seen outside.
type assets struct {
	byName map[string]string // "style.css" → "style.3f2a….css"
	byFile map[string]asset
}

type asset struct {
	mediaType   string
	plain, gzip []byte
}

func loadAssets() (assets, error) {
	a := assets{byName: map[string]string{}, byFile: map[string]asset{}}
	entries, err := static.ReadDir("static")
	if err != nil {
		return a, fmt.Errorf("web: read assets: %w", err)
	}
	for _, e := range entries {
		b, err := joined("static/" + e.Name())
		if err != nil {
			return a, fmt.Errorf("web: read asset: %w", err)
		}
		ext := path.Ext(e.Name())
		sum := sha256.Sum256(b)
		file := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		var z bytes.Buffer
		zw, _ := gzip.NewWriterLevel(&z, gzip.BestCompression) // the level is valid
		if _, err := zw.Write(b); err != nil {
			return a, fmt.Errorf("web: compress asset: %w", err)
		}
		if err := zw.Close(); err != nil {
			return a, fmt.Errorf("web: compress asset: %w", err)
		}
		a.byName[e.Name()] = file
		a.byFile[file] = asset{mediaType(ext), b, z.Bytes()}
	}
	return a, nil
}

// joined is the content of an asset: of a file, or of the files of a folder.
func joined(name string) ([]byte, error) {
	parts, err := static.ReadDir(name)
	if err != nil {
		return static.ReadFile(name)
	}
	var b bytes.Buffer
	for _, p := range parts {
		part, err := static.ReadFile(name + "/" + p.Name())
		if err != nil {
			return nil, err
		}
		b.Write(part)
	}
	if path.Ext(name) != ".js" {
		return b.Bytes(), nil
	}
	return []byte("(function () {\n'use strict';\n" + b.String() + "})();\n"), nil
}

// mediaType does not ask the host's MIME table for what we ship.
func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	}
	return mime.TypeByExtension(ext)
}

func (a assets) path(name string) string { return "/static/" + a.byName[name] }

func (v *visit) static() error {
	x, ok := v.assets.byFile[v.r.PathValue("file")]
	if !ok {
		return store.ErrNotFound
	}
	h := v.w.Header()
	h.Set("Content-Type", x.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := x.plain
	if strings.Contains(v.r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = x.gzip
	}
	v.wrote = true
	_, err := v.w.Write(body)
	return ignoreGone(err)
}

// health answers whether the process serves and its database answers.
func (v *visit) health() error {
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := v.Store.HighWater(v.ctx()); err != nil {
		v.Logger.Error("health", "request", v.id, "error", err)
		http.Error(v.w, "database unavailable", http.StatusServiceUnavailable)
		return nil
	}
	_, err := v.w.Write([]byte("ok\n"))
	return ignoreGone(err)
}

// ignoreGone drops an error of writing to a client: there is nobody left to tell.
func ignoreGone(error) error { return nil }

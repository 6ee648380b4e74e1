package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
)

// findForm finds the form that a person names: by the path of its file (FORM.yaml), as
// directive/form, or by its id alone if one directive only has it. dir is the catalogue folder,
// empty for the embedded one. It reads the one file that is asked for, not the catalogue: this is
// what makes `render` start quickly. The error is a strict.Problems if the file has problems.
func findForm(dir, name string) (*forms.Form, error) {
	if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("the form cannot be read: %w", err)
		}
		src, err := forms.Load(name, data)
		if err != nil {
			return nil, err
		}
		return src.Form, nil
	}
	var fsys fs.FS = catalogue.FS
	if dir != "" {
		fsys = os.DirFS(dir)
	}
	directive, id, both := strings.Cut(name, "/")
	if !both {
		directive, id = "*", name
	}
	if !fs.ValidPath(name) || strings.ContainsAny(name, `*?[\`) {
		return nil, usageError{fmt.Errorf("--form %q: write directive/form, such as quanzhou-2021/annex-2, a form's id, or the path of its file", name)}
	}
	files, err := fs.Glob(fsys, path.Join(directive, "forms", "*.yaml"))
	if err != nil {
		return nil, err
	}
	// A file is named after its form, as a rule: those that are go first, and the others are opened
	// only if there is none.
	named := slices.DeleteFunc(slices.Clone(files), func(f string) bool { return formName(f) != id })
	for _, candidates := range [][]string{named, files} {
		found, at, err := loadForm(fsys, dir, id, candidates)
		switch {
		case len(at) > 1:
			return nil, usageError{fmt.Errorf("--form %q: several directives have it: write %s", name, strings.Join(at, " or "))}
		case len(at) == 1:
			return found, nil
		case err != nil:
			return nil, err
		}
	}
	return nil, usageError{unknownForm(fsys, directive, name)}
}

// loadForm loads files until it knows which of them hold the form: at is each, as directive/form.
// The error is what is wrong with those that cannot be read.
func loadForm(fsys fs.FS, dir, id string, files []string) (found *forms.Form, at []string, err error) {
	var problems strict.Problems
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, nil, err
		}
		src, err := forms.Load(filepath.Join(dir, file), data)
		problems = append(problems, strict.As(err, file)...)
		if err == nil && src.Form.ID == id {
			found, at = src.Form, append(at, path.Dir(path.Dir(file))+"/"+id)
		}
	}
	return found, at, problems.Err()
}

// formName is the id that a form's file is named after.
func formName(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }

// unknownForm says which form is probably meant, or what there is.
func unknownForm(fsys fs.FS, directive, name string) error {
	files, err := fs.Glob(fsys, "*/forms/*.yaml")
	if err != nil {
		return err
	}
	var whole, ids, here, directives []string
	for _, f := range files {
		d, id := path.Dir(path.Dir(f)), formName(f)
		whole, ids = append(whole, d+"/"+id), append(ids, id)
		if d == directive {
			here = append(here, id)
		}
		if !slices.Contains(directives, d) {
			directives = append(directives, d)
		}
	}
	known := ids
	if strings.Contains(name, "/") {
		known = whole
	}
	switch near := strict.Nearest(name, known); {
	case near != "":
		return fmt.Errorf("--form %q: there is no such form: do you mean %s?", name, near)
	case len(here) > 0:
		return fmt.Errorf("--form %q: there is no such form: %s has %s", name, directive, strings.Join(here, ", "))
	case len(directives) == 0:
		return errors.New("--catalogue: the folder holds no form: name the folder that holds the directives")
	}
	return fmt.Errorf("--form %q: there is no such form: write directive/form, of the directives %s; or the path of a %s file",
		name, strings.Join(directives, ", "), filepath.Join("…", "forms", "FORM.yaml"))
}

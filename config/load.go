package config

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/baosong/baosong/config/strict"
)

// Load returns the settings: the file at path over the defaults, and the environment over
// both. An empty path means no file. env looks a variable up, such as os.LookupEnv. For a
// secret (a password, the database's URL), the variable with _FILE at its end names a file
// that holds it; a line end there is not part of it.
//
// The error is a strict.Problems with all that is wrong with the file, the variables and
// the settings they make, or the error of reading the file.
func Load(path string, env func(string) (string, bool)) (Config, error) {
	type file struct {
		strict.Pos
		Config
	}
	f := file{Config: Default()}
	f.sources = map[string]string{}
	var problems strict.Problems
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return Config{}, fmt.Errorf("read settings: %w", err)
		}
		problems = strict.As(strict.Decode(path, data, &f), path)
	}
	for _, s := range f.settings() {
		if f.Given(s.path) {
			f.sources[s.path] = fmt.Sprintf("file %s:%d", path, f.At(s.path).Line)
		}
		problems = append(problems, f.fromEnv(s, env)...)
	}
	if len(problems) == 0 {
		problems = f.problems(f.Pos)
	}
	if err := problems.Err(); err != nil {
		return Config{}, err
	}
	return f.Config, nil
}

// setting is one key: where it stands and where its value lives.
type setting struct {
	path  string
	value reflect.Value // settable
}

// settings lists the keys of c in the order of the struct. They are read from the yaml
// tags, so that a new setting needs a field and nothing else.
func (c *Config) settings() []setting {
	var out []setting
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		for i := range v.NumField() {
			tag, ok := v.Type().Field(i).Tag.Lookup("yaml")
			if !ok {
				continue
			}
			f, at := v.Field(i), strings.TrimPrefix(path+"."+tag, ".")
			_, text := f.Addr().Interface().(encoding.TextUnmarshaler)
			if f.Kind() == reflect.Struct && !text {
				walk(f, at)
				continue
			}
			out = append(out, setting{at, f})
		}
	}
	walk(reflect.ValueOf(c).Elem(), "")
	return out
}

// variable returns the environment variable of a key.
func variable(path string) string {
	return "BAOSONG_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// fromEnv sets one key from the environment, if it is there.
func (c *Config) fromEnv(s setting, env func(string) (string, bool)) strict.Problems {
	name := variable(s.path)
	complain := func(format string, args ...any) strict.Problems {
		return strict.Problems{{File: "environment", Path: name, Message: fmt.Sprintf(format, args...)}}
	}
	text, ok := env(name)
	if s.secret() {
		if file, twin := env(name + "_FILE"); twin {
			if ok {
				return complain("both %s and %s_FILE are set: keep one of them", name, name)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				name += "_FILE"
				return complain("cannot be read: %v", err)
			}
			text, ok, name = strings.TrimRight(string(data), "\r\n"), true, name+"_FILE"
		}
	}
	if !ok {
		return nil
	}
	var err error
	switch p := s.value.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		err = p.UnmarshalText([]byte(text))
	case *string:
		*p = text
	case *bool:
		if *p = text == "true"; text != "true" && text != "false" {
			err = fmt.Errorf("%q is not true or false: write one of these words", text)
		}
	case *int:
		if *p, err = strconv.Atoi(text); err != nil {
			err = fmt.Errorf("%q is not a whole number: write digits only, such as 60", text)
		}
	default:
		err = fmt.Errorf("cannot be set here: %s is a mapping, write it in the file", s.path)
	}
	if err != nil {
		return complain("%v", err)
	}
	c.sources[s.path] = "env " + name
	return nil
}

// secret reports whether the setting may come from a file of its own.
func (s setting) secret() bool {
	switch s.value.Interface().(type) {
	case Secret, DSN:
		return true
	}
	return false
}

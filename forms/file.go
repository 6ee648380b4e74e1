package forms

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxFiles is how many files a field of type file takes unless its Max says otherwise.
const MaxFiles = 10

// maxFileName is the longest name of a file in characters.
const maxFileName = 200

// FileRef is one stored file as a cell refers to it.
type FileRef struct {
	Hash string // hex SHA-256 of the content, lower case
	Name string // as people see it: no path, no control character
}

var fileLine = regexp.MustCompile(`^([0-9a-f]{64}) (\S.*)$`)

// Files reads the value of a field of type file: a line "hash name" for each file. Lines that
// are none are left out.
func Files(value string) []FileRef {
	var out []FileRef
	for line := range strings.Lines(value) {
		if ref, ok := fileRef(strings.TrimRight(line, "\n")); ok {
			out = append(out, ref)
		}
	}
	return out
}

// JoinFiles writes what Files reads. A reference that is not valid, or there already, is left out.
func JoinFiles(refs []FileRef) string {
	var lines []string
	there := make(map[string]bool, len(refs)) // a browser may send a cell with tens of thousands
	for _, r := range refs {
		line := r.Hash + " " + r.Name
		if _, ok := fileRef(line); ok && !there[line] {
			lines, there[line] = append(lines, line), true
		}
	}
	return strings.Join(lines, "\n")
}

func fileRef(line string) (FileRef, bool) {
	m := fileLine.FindStringSubmatch(line)
	if m == nil || !safeName(m[2]) {
		return FileRef{}, false
	}
	return FileRef{m[1], m[2]}, true
}

// safeName reports whether a name can be shown, sent in a header and kept in one line.
func safeName(s string) bool {
	same, fault := clean(s, true)
	return fault == nil && same == s && s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/\\\n") &&
		utf8.RuneCountInString(s) <= maxFileName
}

func files(f *Field, s string) (string, *Fault) {
	var refs []FileRef
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		hash, name, _ := strings.Cut(line, " ")
		ref, ok := fileRef(strings.ToLower(hash) + " " + strings.TrimSpace(name))
		if !ok {
			return "", &Fault{"应为已上传的附件，请上传文件，不要直接填写", "must be an uploaded file: upload it, do not type it"}
		}
		refs = append(refs, ref)
	}
	out := JoinFiles(refs)
	if n := strings.Count(out, "\n") + 1; n > f.maxFiles() {
		return "", &Fault{fmt.Sprintf("有%d个附件，最多%d个", n, f.maxFiles()), fmt.Sprintf("has %d files, at most %d are allowed", n, f.maxFiles())}
	}
	return out, nil
}

func (f *Field) maxFiles() int {
	if f.Max > 0 {
		return f.Max
	}
	return MaxFiles
}

package pdffile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// file writes a PDF of the objects given, from 1 on, with a table that is right.
func file(objects ...string) []byte {
	var b, table strings.Builder
	b.WriteString("%PDF-1.7\n")
	for i, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return fmt.Appendf(nil, "%sxref\n0 %d\n0000000000 65535 f \n%strailer\n<</Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", b.String(), len(objects)+1, table.String(), b.Len())
}

func open(t testing.TB, objects ...string) *File {
	t.Helper()
	f, err := Open(file(objects...))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Values as clause 7.3 of ISO 32000-1 spells them.
func TestValues(t *testing.T) {
	for in, want := range map[string]any{
		"null": nil, "true": true, "-17": -17, "+3": 3, ".5": 0.5, "4.": 4.0, "--5": 0.0,
		"/Name1": Name("Name1"), "/A#42": Name("AB"), "/": Name(""), "/Lime#20Green": Name("Lime Green"),
		`(a(b)\)\053\n\
c)`: String("a(b))+\nc"), "<48 65 6C6>": String("Hel`"), "<>": String{}, "()": String(nil),
		"[1 2 0 R(x)/N]":              Array{1, Ref{2, 0}, String("x"), Name("N")},
		"<</A 1/B<</C[]>>%remark\n>>": Dict{"A": 1, "B": Dict{"C": Array{}}},
		"<</A 1/A 2>>":                Dict{"A": 2, shadowed: Array{Dict{"A": 1}}},
	} {
		f, err := Open(file(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := f.Objects()[0].Value; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, want %#v", in, got, want)
		}
	}
	for _, in := range []string{"(open", "<41", "<4x>", "[1", "<</A>>", "<</A 1", "word", "1 2", ")"} {
		if _, err := Open(file(in)); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// The last definition counts, and the earlier ones are seen.
func TestRevisions(t *testing.T) {
	b := file("<</Pages 2 0 R>>", "<</Kids[3 0 R]>>", "<</Old true>>")
	b = append(b, "3 0 obj<</New true>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n"...)
	b = fmt.Appendf(b, "%d\n%%%%EOF", bytes.LastIndex(b, []byte("trailer")))
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := f.Dict(Ref{3, 0}); d["New"] != true || len(f.Objects()) != 4 {
		t.Errorf("%v of %v", d, f.Objects())
	}
}

// What is packed by each filter comes out as it was.
func TestFilters(t *testing.T) {
	plain := []byte("报送 -----A---B 报送")
	for dict, packed := range map[string]string{
		"":                        string(plain),
		"/Filter/ASCIIHexDecode":  fmt.Sprintf("%x>", plain),
		"/Filter/RunLengthDecode": "\x06报送 \xfc-\x00A\xfe-\x07B 报送\x80",
		"/Filter[/AHx/RL]":        fmt.Sprintf("%x>", "\x06报送 \xfc-\x00A\xfe-\x07B 报送\x80"),
		"/Filter/FlateDecode":     "\x78\x01\x01\x18\x00\xe7\xff" + string(plain),
		"/Filter/Fl/DecodeParms<</Predictor 12/Columns 24>>": "\x78\x01\x01\x19\x00\xe6\xff\x00" + string(plain),
		"/Filter/LZWDecode": "\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01",
	} {
		want := plain
		if dict == "/Filter/LZWDecode" { // the example of clause 7.4.4.2
			want = []byte("-----A---B")
		}
		f := open(t, fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(packed), packed))
		got, err := f.Unpack(f.Objects()[0].Value.(*Stream), 1000)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", dict, got, err)
		}
	}
	f := open(t, "<</Filter/RL/Length 4>>stream\n\x81a\x81b\nendstream")
	if _, err := f.Unpack(f.Objects()[0].Value.(*Stream), 200); !errors.Is(err, ErrBomb) {
		t.Errorf("256 bytes where 200 are allowed: %v", err)
	}
}

// The page tree with what pages inherit, and the pictures they draw.
func TestPages(t *testing.T) {
	content := "q (a ) Tj BI /W 1 ID x EI 1 0 0 1 0 0 cm /Im1 Do /Fm Do Q /Im1 Do"
	f := open(t, "<</Pages 2 0 R>>", "<</Kids[3 0 R 4 0 R 9 0 R]/Resources<</XObject<</Im1 6 0 R/Fm 7 0 R/Unused 8 0 R>>>>>>",
		"<</Kids[5 0 R]>>", "<</Resources<<>>/Contents 6 0 R>>", "<</Contents[10 0 R]>>",
		"<</Subtype/Image/Length 0>>stream\n\nendstream", "<</Subtype/Form/Resources<</XObject<</Im1 8 0 R/Fm 7 0 R>>>>/Length 15>>stream\n/Im1 Do /Fm Do \nendstream",
		"<</Subtype/Image/Length 1>>stream\nx\nendstream", "null", fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(content), content))
	pages, err := f.Pages(10)
	if err != nil || len(pages) != 2 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	images := f.Images(pages[0])
	if len(images) != 2 || images[0] != f.Resolve(Ref{6, 0}) || images[1] != f.Resolve(Ref{8, 0}) {
		t.Errorf("draws %v", images)
	}
	if images := f.Images(pages[1]); len(images) != 0 {
		t.Errorf("draws %v", images)
	}
	if _, err := f.Pages(1); !errors.Is(err, ErrComplex) {
		t.Errorf("two pages where one is allowed: %v", err)
	}
}

// No bytes make it fall over, and what they are is said with one of the reasons.
func TestOpenAnything(t *testing.T) {
	base := file("<</Pages 2 0 R>>", "<</Kids[3 0 R]>>", "<</Contents 4 0 R>>", "<</Length 5 0 R/Filter[/AHx/Fl]>>stream\n789c\nendstream", "4")
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(base)
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			at := rapid.IntRange(9, len(b)-1).Draw(t, "at")
			b[at] = rapid.SampledFrom([]byte("0123456789<>[]()/%R \nobjstream\x00\xff")).Draw(t, "byte")
		}
		f, err := Open(b)
		if err != nil {
			for _, known := range []error{ErrHeader, ErrTruncated, ErrTrailing, ErrBroken, ErrEncrypted, ErrComplex, ErrBomb} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("an error without a reason: %v", err)
		}
		for _, o := range f.Objects() {
			if s, ok := o.Value.(*Stream); ok {
				if r, _, err := f.Reader(s, 1000); err == nil {
					_, _ = io.Copy(io.Discard, r)
				}
			}
		}
		if pages, err := f.Pages(100); err == nil {
			f.Images(pages[0])
		}
	})
}

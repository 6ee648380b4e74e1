package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/forms"
)

// sentFile is a file as a browser posts it.
type sentFile struct {
	field, name string
	data        []byte
}

// upload posts a form with files.
func (b *browser) upload(path string, form url.Values, files ...sentFile) answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		h := textproto.MIMEHeader{"Content-Type": {"application/octet-stream"},
			"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, f.field, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.name))}}
		p, err := w.CreatePart(h)
		if err == nil {
			_, err = p.Write(f.data)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "http://bs.example"+path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	rec := httptest.NewRecorder()
	b.web.Handler().ServeHTTP(rec, r)
	return answer{rec.Result(), rec.Body.String()}
}

// picture is a small PNG with something drawn in the middle of it.
func pictureOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	page := image.NewGray(image.Rect(0, 0, 600, 400))
	draw.Draw(page, page.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if m != nil {
		draw.Draw(page, m.Bounds().Add(image.Pt(100, 50)), m, m.Bounds().Min, draw.Src)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, page); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// oneRow is a page of the register with one row, as posted.
func (b *browser) oneRow() url.Values {
	page := b.get(cluesFill).want(b.t, 200, "")
	return url.Values{"seq": {page.hidden(b.t, "seq")}, "uuid": {page.hidden(b.t, "uuid")}, rowsName("annex-4"): {"1"},
		cell(0, "town"): {"安海镇"}, cell(0, "proof"): {page.value(cell(0, "proof"))}, "do": {"save"}}
}

// value is the value of a hidden input, or empty.
func (a answer) value(name string) string {
	for _, m := range named.FindAllStringSubmatch(a.body, -1) {
		if m[1] == name {
			return strings.ReplaceAll(m[2], "&#10;", "\n")
		}
	}
	return ""
}

// A file posted with a form goes into its cell; it comes back to the unit and its bureau under
// its name, byte for byte, and to nobody else.
func TestAttachAndFetch(t *testing.T) {
	s := newSite(t, register(forms.Register))
	b := s.as(jinjiang)
	photo := pictureOf(t, nil)
	v := b.oneRow()
	b.upload(cluesFill, v, sentFile{filePrefix + cell(0, "proof"), `C:\照片\公示 "现场";1.png`, photo}).want(t, 303, cluesFill+"?saved=1")
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues)
	if err != nil {
		t.Fatal(err)
	}
	refs := forms.Files(d.Content["annex-4"].Rows[0]["proof"])
	if len(refs) != 1 || refs[0].Name != `公示 _现场_;1.png` && !strings.HasSuffix(refs[0].Name, ".png") {
		t.Fatalf("the cell holds %+v", refs)
	}
	at := "/duty/" + clues + "/file/" + refs[0].Hash
	b.get(cluesFill).has(t, `href="`+at+`"`, "移除")
	got := b.get(at).want(t, 200, "")
	if got.body != string(photo) {
		t.Error("the file is not the one that was sent")
	}
	disposition, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
	if err != nil || disposition != "attachment" || params["filename"] != refs[0].Name {
		t.Errorf("disposition %q: %v %v", got.Header.Get("Content-Disposition"), params, err)
	}
	for k, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Length": fmt.Sprint(len(photo)),
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"} {
		if got.Header.Get(k) != want {
			t.Errorf("%s is %q, want %q", k, got.Header.Get(k), want)
		}
	}
	s.as(bureau).get(at).want(t, 200, "")
	s.as(shishi).get(at).want(t, 404, "")
	s.as(shishi).get("/duty/"+strings.ReplaceAll(clues, "jinjiang", "shishi")+"/file/"+refs[0].Hash).want(t, 404, "")
	s.anonymous().get(at).want(t, 303, "/sign-in?next="+url.QueryEscape(at))
	b.get("/duty/"+clues+"/file/"+strings.Repeat("0", 64)).want(t, 404, "")
	b.get("/duty/"+clues+"/file/..%2f..%2fetc%2fpasswd").want(t, 404, "")

	// A second file joins the first; the same again is the same; one ticked goes.
	v = b.oneRow()
	b.upload(cluesFill, v, sentFile{filePrefix + cell(0, "proof"), "再次.png", photo}, sentFile{filePrefix + cell(0, "proof"), "二.png", pictureOf(t, image.NewGray(image.Rect(0, 0, 9, 9)))}).
		want(t, 303, cluesFill+"?saved=1")
	if d, err = s.store.Draft(context.Background(), storeViewer(jinjiang), clues); err != nil || len(forms.Files(d.Content["annex-4"].Rows[0]["proof"])) != 2 {
		t.Errorf("two files: %+v %v", d.Content, err)
	}
	v = b.oneRow()
	v.Set(dropPrefix+cell(0, "proof"), refs[0].Hash)
	b.upload(cluesFill, v).want(t, 303, cluesFill+"?saved=1")
	b.get(cluesFill).has(t, "二.png").lacks(t, refs[0].Hash)
}

// A file that a page only claims to have uploaded is not sent as evidence.
func TestInventedFile(t *testing.T) {
	s := newSite(t, register(forms.Register))
	b := s.as(jinjiang)
	v := b.oneRow()
	v.Set(cell(0, "proof"), strings.Repeat("ab", 32)+" 证明.pdf")
	v.Set("do", "submit")
	b.upload(cluesFill, v).want(t, 422, "").has(t, "附件“证明.pdf”不在系统中")
}

// A refused file is told at its cell in words, with all that was typed, and the files beside it
// are taken.
func TestRefusedFile(t *testing.T) {
	s := newSite(t, register(forms.Register))
	b := s.as(jinjiang)
	field := filePrefix + cell(0, "proof")
	v := b.oneRow()
	a := b.upload(cluesFill, v, sentFile{field, "照片.png", pictureOf(t, nil)}, sentFile{field, "清单.exe", []byte("MZ\x90\x00")}).want(t, 422, "").
		has(t, "清单.exe：程序、音频和视频文件不能接收", "安海镇", "照片.png", `aria-invalid="true"`, `<title>错误：`)
	if refs := forms.Files(a.value(cell(0, "proof"))); len(refs) != 1 {
		t.Errorf("the page keeps %v", refs)
	}
	if _, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues); err == nil {
		t.Error("a form with a refused file was saved")
	}
	a.lacks(t, "MZ\x90")
	b.get(cluesFill + "?lang=en")
	b.upload(cluesFill, v, sentFile{field, "a.html", []byte("<html><script>alert(1)</script>")}).want(t, 422, "").has(t, "This is a web page or XML").lacks(t, "<script>alert")
	b.get(cluesFill + "?lang=zh-CN")
	// Too large by one byte: told at the cell; the whole request too large: told on a page.
	big := append(pictureOf(t, nil), make([]byte, desk.MaxFile)...)
	b.upload(cluesFill, v, sentFile{field, "大.png", big}).want(t, 422, "").has(t, "大.png：", "安海镇")
	b.upload(cluesFill, v, sentFile{field, "1.png", big}, sentFile{field, "2.png", big}, sentFile{field, "3.png", big}).want(t, 413, "").has(t, "上传的文件过大")
	// What is no file field takes no file, and an autosave none at all.
	b.upload(cluesFill, v, sentFile{filePrefix + cell(0, "town"), "照片.png", pictureOf(t, nil)}, sentFile{filePrefix + "annex-4.99999.proof", "照片.png", pictureOf(t, nil)},
		sentFile{filePrefix + "../x", "照片.png", pictureOf(t, nil)}).want(t, 303, cluesFill+"?saved=1")
	files, err := s.store.Files(context.Background(), storeViewer(jinjiang), clues)
	if err != nil || len(files) != 1 {
		t.Errorf("stored %v %v", files, err)
	}
	// A route that takes no files takes no more than it did.
	if got := b.upload("/duty/"+clues+"/withdraw", url.Values{"x": {strings.Repeat("x", maxBody)}}); got.StatusCode == 303 {
		t.Errorf("a large body elsewhere: %d", got.StatusCode)
	}
}

// A register with files is posted in parts however many cells it has.
func TestThousandsOfParts(t *testing.T) {
	s := newSite(t, register(forms.Register))
	b := s.as(jinjiang)
	v := b.oneRow()
	v.Set(rowsName("annex-4"), "400")
	for i := range 400 {
		for _, f := range []string{"town", "person", "kind", "spring", "remark", "proof"} {
			v.Set(cell(i, f), map[string]string{"town": "安海镇", "kind": "低保"}[f])
		}
	}
	b.upload(cluesFill, v, sentFile{filePrefix + cell(399, "proof"), "末行.png", pictureOf(t, nil)}).want(t, 303, cluesFill+"?saved=1")
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues)
	if err != nil || len(d.Content["annex-4"].Rows) != 400 || forms.Files(d.Content["annex-4"].Rows[399]["proof"])[0].Name != "末行.png" {
		t.Errorf("%d rows, %v", len(d.Content["annex-4"].Rows), err)
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"a.pdf":              `attachment; filename="a.pdf"; filename*=UTF-8''a.pdf`,
		"佐证 1.pdf":           `attachment; filename="__ 1.pdf"; filename*=UTF-8''%E4%BD%90%E8%AF%81%201.pdf`,
		"x\"; evil=\"1.pdf":  `attachment; filename="x__ evil=_1.pdf"; filename*=UTF-8''x_%3B%20evil%3D_1.pdf`,
		"a\r\nSet-Cookie: b": `attachment; filename="a__Set-Cookie_ b"; filename*=UTF-8''a__Set-Cookie_%20b`,
		"100%.pdf":           `attachment; filename="100_.pdf"; filename*=UTF-8''100%25.pdf`,
		"𬭎\u202egnp.exe.pdf": `attachment; filename="__gnp.exe.pdf"; filename*=UTF-8''%F0%AC%AD%8E%E2%80%AEgnp.exe.pdf`,
	} {
		got := disposition(name)
		if got != want {
			t.Errorf("%q: %s\nwant %s", name, got, want)
		}
		if _, params, err := mime.ParseMediaType(got); err != nil || params["filename"] == "" {
			t.Errorf("%q: %q cannot be read back: %v", name, got, err)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1 KB", 1<<20 - 600: "1023 KB", 3 << 20: "3.0 MB"} {
		if got := size(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/stamp"
)

// scanOf is a picture of a printed page with its code on it.
func scanOf(t testing.TB, c stamp.Code) []byte {
	t.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(c.String(), gozxing.BarcodeFormat_QR_CODE, 260, 260, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pictureOf(t, m)
}

// codeOf is the code of a page of the return that 晋江市 sent.
func (s *site) codeOf(t testing.TB, duty string, version, page, pages int) stamp.Code {
	t.Helper()
	all, err := s.store.Returns(t.Context(), storeViewer(jinjiang), duty)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Version == version {
			return stamp.Code{Duty: duty, Version: version, Form: "annex-2", Page: page, Pages: pages, Hash: r.Hash[:16]}
		}
	}
	t.Fatalf("no version %d", version)
	return stamp.Code{}
}

// The stamped copy of a return: pending and seen as such by the bureau until its scan is in, read
// by its code, void once the return changes.
func TestStampedReturn(t *testing.T) {
	s := newSite(t, func(o *Options) {
		o.Formats = append(o.Formats, Format{Ext: "pdf", MediaType: "application/pdf", Encode: plainText})
	})
	b, city := s.as(jinjiang), s.as(bureau)
	at := "/duty/" + progress
	b.get(at).want(t, 200, "").lacks(t, `id="stamp"`)
	b.upload(at+"/stamp", nil, sentFile{scanField, "1.png", pictureOf(t, nil)}).want(t, 409, "") // nothing was sent
	b.send(progress, "qz-jinjiang")
	b.get(at).has(t, "盖章件未到", at+"/return/1/annex-2.pdf", `accept="application/pdf,image/jpeg,image/png`, "按第 1 版认定")
	city.get(at).has(t, "盖章件未到").lacks(t, "上传盖章件")
	city.get("/board/quanzhou-2021/progress/2021-06-25").has(t, "盖章件未到 1 个单位")
	city.get("/board/quanzhou-2021/progress/2021-06-25?show=nostamp").has(t, "晋江市", "只列盖章件未到的 1 个单位").lacks(t, ">石狮市<")
	city.get("/board").has(t, "缺章")
	b.get("/").has(t, "盖章件未到")

	// Nothing chosen, no picture, nothing to be read, another return, another version, half of it.
	b.upload(at+"/stamp", nil).want(t, 422, "").has(t, "请先选择盖章件的扫描件或照片", "盖章件未到")
	b.post(at+"/stamp", url.Values{"confirm": {"1"}}).want(t, 422, "")
	b.upload(at+"/stamp", nil, sentFile{scanField, "盖章件.doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")}).want(t, 422, "").has(t, "盖章件.doc：这是旧版Office或WPS格式")
	b.upload(at+"/stamp", nil, sentFile{scanField, "空白.png", pictureOf(t, nil)}).want(t, 422, "").has(t, "没有从图中认出二维码", `aria-describedby="scanwhy"`)
	other := s.codeOf(t, progress, 1, 1, 1)
	other.Duty = others
	b.upload(at+"/stamp", url.Values{"confirm": {"1"}}, sentFile{scanField, "1.png", scanOf(t, other)}).want(t, 422, "").has(t, "另一份报送材料的盖章件")
	forged := s.codeOf(t, progress, 1, 1, 1)
	forged.Hash = strings.Repeat("0", 16)
	b.upload(at+"/stamp", url.Values{"confirm": {"1"}}, sentFile{scanField, "1.png", scanOf(t, forged)}).want(t, 422, "").has(t, "校验码不符")
	half := sentFile{scanField, "第一页.png", scanOf(t, s.codeOf(t, progress, 1, 1, 2))}
	b.upload(at+"/stamp", nil, half).want(t, 422, "").has(t, "盖章件缺页")
	if scans, err := s.store.Scans(t.Context(), storeViewer(jinjiang), progress); err != nil || len(scans) != 0 {
		t.Errorf("kept with errors: %v %v", scans, err)
	}
	s.as(shishi).upload(at+"/stamp", nil, half).want(t, 404, "")
	city.upload(at+"/stamp", nil, half).want(t, 403, "")

	// Both pages, several files at once.
	b.upload(at+"/stamp", nil, half, sentFile{scanField, "第二页.png", scanOf(t, s.codeOf(t, progress, 1, 2, 2))}).want(t, 303, at+"?done=stamped")
	page := b.get(at+"?done=stamped").has(t, "盖章件已收到", "盖章件已到", "二维码相符", "盖章件已到（第 1 版）").lacks(t, "盖章件未到")
	city.get(at).has(t, "第一页.png", "第二页.png", "林样一")
	href := between(page.body, `href="`+at+`/file/`, `"`)
	city.get(at+"/file/"+href).want(t, 200, "")
	s.as(shishi).get(at+"/file/"+href).want(t, 404, "")
	city.get("/board/quanzhou-2021/progress/2021-06-25").lacks(t, "盖章件未到")

	// A changed return voids its stamp; the old paper is told apart from the new.
	city.post(at+"/return", url.Values{"reason": {"请核对"}}).want(t, 303, "/board/quanzhou-2021/progress/2021-06-25?done=returned")
	b.get(at).has(t, "已作废：第 1 版已撤回或退回").lacks(t, "上传盖章件")
	b.upload(at+"/stamp", nil, half).want(t, 409, "")
	old := s.codeOf(t, progress, 1, 1, 1)
	b.send(progress, "qz-jinjiang")
	b.get(at).has(t, "盖章件未到", "已作废：报表已改为第 2 版")
	b.upload(at+"/stamp", url.Values{"confirm": {"2"}}, sentFile{scanField, "旧.png", scanOf(t, old)}).want(t, 422, "").has(t, "盖章的是第1版，现在是第2版")
	// No code, and the clerk says which version it is: not of one that is no more.
	blank := sentFile{scanField, "盖章件.png", pictureOf(t, nil)}
	b.upload(at+"/stamp", url.Values{"confirm": {"1"}}, blank).want(t, 422, "").has(t, "盖章的是第1版，现在是第2版", "盖章件未到") // a page left open
	b.upload(at+"/stamp", url.Values{"confirm": {"2"}}, blank).want(t, 303, at+"?done=stamped")
	b.get(at).has(t, "由林样一核对版本").lacks(t, "盖章件未到")
	b.get(at+"?lang=en").has(t, "Stamped copy is in", "void: the return is at version 2 now", "version confirmed by 林样一", "Stamped copy received (version 2)")
}

// A duty without a stamp takes none, and papers that are reported offline have no scan here.
func TestNoStamp(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	scan := sentFile{scanField, "1.png", pictureOf(t, nil)}
	b.upload("/duty/quanzhou-2021/house-check/2021-06-30/qz-jinjiang/stamp", nil, scan).want(t, 404, "")
	if _, err := s.store.TakeOffline(t.Context(), store.Author{Person: bureau}, progress, "涉密", opening); err != nil {
		t.Fatal(err)
	}
	b.upload("/duty/"+progress+"/stamp", nil, scan).want(t, 409, "")
}

// between is what stands between two pieces of a text.
func between(s, a, z string) string {
	_, rest, _ := strings.Cut(s, a)
	found, _, _ := strings.Cut(rest, z)
	return found
}

package web

import (
	"net/url"
	"testing"

	"github.com/baosong/baosong/forms"
)

// A zero report that another form of the unit speaks against is told which, and may pass with a
// reason, written where it is asked for.
func TestZeroReportIsContradicted(t *testing.T) {
	s := newSite(t)
	f := s.cat.Directive("quanzhou-2021").Form("annex-4")
	f.Checks = append(f.Checks, forms.Check{ID: "petitions", Rule: "rows(annex_4) >= annex_2.petition_found", Severity: forms.Explain, Zero: forms.ZeroTries,
		Message: "进度表填有信访对象，线索登记表却作零报送。", MessageEn: "The progress table has petitioners, the clue register says there are none."})
	b := s.as(jinjiang)
	v := s.figures("qz-jinjiang")
	v.Set("annex-2.0.petition_found", "7")
	b.put(progress, v).want(t, 303, "/duty/"+progress+"/receipt")
	at := "/duty/" + clues + "/zero"
	b.get(at).want(t, 200, "").lacks(t, "说明原因")
	key := "petitions@annex-4.-1."
	a := b.post(at, url.Values{}).want(t, 422, "").has(t, "进度表填有信访对象，线索登记表却作零报送", "说明原因", `href="#`+reasonName(key)+`"`, `name="`+reasonName(key)+`"`)
	a.lacks(t, `href="#/duty/`)
	b.post(at, url.Values{reasonName(key): {"  "}}).want(t, 422, "")
	b.post(at, url.Values{reasonName(key): {"信访件均已办结，无线索"}}).want(t, 303, "/duty/"+clues+"/receipt")
	r, err := s.store.Returns(t.Context(), storeViewer(jinjiang), clues)
	if err != nil || !r[0].Zero || r[0].Content["annex-4"].Reasons[key] != "信访件均已办结，无线索" {
		t.Errorf("%+v %v", r, err)
	}
}

// What stands in the way elsewhere is led to, not to a place that is not on the page.
func TestZeroReportLeadsToTheRows(t *testing.T) {
	s := newSite(t)
	row := forms.Row{"area": "安海镇", "problem": "x", "field": "y", "source": "z"}
	if _, err := s.store.SaveDraft(t.Context(), storeViewer(jinjiang), clues, forms.Content{"annex-4": {Rows: []forms.Row{row}}}, 0, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	s.as(jinjiang).post("/duty/"+clues+"/zero", url.Values{}).want(t, 422, "").has(t, `href="/duty/`+clues+`/fill#annex-4"`)
}

package web

import (
	"net/url"
	"testing"
)

// 沿用上期 fills the page from the return accepted for the period before; nothing is saved by it.
func TestLastPeriodsFigures(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	b.get(fillPath).lacks(t, "沿用上期")
	b.send(progress, "qz-jinjiang")
	s.hours(24 * 10)
	b = s.as(jinjiang)
	b.get(july).lacks(t, "沿用上期") // not accepted yet
	s.as(bureau).post("/board/quanzhou-2021/progress/2021-06-25/accept", url.Values{"duty": {progress}}).want(t, 303, "/board/quanzhou-2021/progress/2021-06-25?done=accepted")
	page := b.get(july).has(t, "沿用上期")
	v := url.Values{"seq": {"0"}, "uuid": {page.hidden(t, "uuid")}, "do": {"last"}}
	a := b.post(july, v).want(t, 200, "")
	if got := a.hidden(t, medical); got != "3019" {
		t.Errorf("the cell shows %q", got)
	}
	if got := b.get(july).hidden(t, medical); got != "" {
		t.Errorf("it was saved by itself: %q", got)
	}
	b.post(fillPath, url.Values{"do": {"last"}, "uuid": {page.hidden(t, "uuid")}}).want(t, 409, "")
}

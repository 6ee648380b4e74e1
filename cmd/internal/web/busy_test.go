package web

import (
	"errors"
	"testing"
	"testing/synctest"
)

// Two requests open files at a time, a third waits its turn; who has waited as long as a request may
// is asked to come again; and one person does not take all the places.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		var done []func()
		for range maxOpening {
			d, err := g.open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			done = append(done, d)
		}
		if _, err := g.open(t.Context()); !errors.Is(err, errBusy) {
			t.Errorf("one too many: %v", err)
		}
		came := make(chan error)
		go func() {
			d, err := g.open(t.Context())
			if err == nil {
				d()
			}
			came <- err
		}()
		synctest.Wait()
		done[0]()
		if err := <-came; err != nil {
			t.Errorf("the place that was given back is not taken: %v", err)
		}
		done[1]()
	})
	g := newGate()
	var done []func()
	for range maxReceivingPerson {
		d, err := g.receive("a")
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, d)
	}
	if _, err := g.receive("a"); !errors.Is(err, errBusy) {
		t.Errorf("a person takes one place more: %v", err)
	}
	other, err := g.receive("b")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range append(done, other) {
		d()
	}
	if g.all != 0 || len(g.receiving) != 0 {
		t.Errorf("places are lost: %d, %v", g.all, g.receiving)
	}
}

// A request without a place is told so courteously, loses nothing, and is served once there is one.
// Every request gives its place back, however it ends.
func TestBusy(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	book := []byte(b.get(progressExcel+"/annex-2.xlsx").want(t, 200, "").body)
	var taken []func()
	for range maxReceivingPerson {
		done, err := s.web.gate.receive(jinjiang)
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, done)
	}
	a := b.hand(progressExcel, "x.xlsx", book, nil).want(t, 503, "").has(t, "正在处理的文件较多", "本次上传没有保存")
	if a.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
	b.get(fillPath).want(t, 200, "") // nothing else is kept waiting
	for _, done := range taken {
		done()
	}
	for range 2 * maxOpening {
		b.hand(progressExcel, "x.xlsx", []byte("PK\x03\x04 broken"), nil).want(t, 422, "")
		b.hand(progressExcel, "x.csv", []byte("a\x00b"), nil).want(t, 422, "")
		p := b.hand(progressExcel, "x.xlsx", book, nil).want(t, 200, "")
		b.confirm(progressExcel, p, "errors").want(t, 200, "")
		b.confirm(progressExcel, p, "neither").want(t, 400, "")
	}
	if len(s.web.gate.opening) != 0 || s.web.gate.all != 0 {
		t.Error("a place was not given back")
	}
}

package demo

import (
	"testing"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
)

// Every unit that owes something has a head who can be written to; heads stand last, so that the
// names and numbers of the others are what they were, and nobody signs in as one.
func TestHeadsComeLast(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	k := NewCast(cat)
	heads := false
	for _, p := range k.People() {
		is := p.Roles[0].Name == store.Leader
		if heads && !is {
			t.Errorf("%s stands behind the heads", p.ID)
		}
		heads = heads || is
		if is == (p.Login != "") {
			t.Errorf("%s: login %q", p.ID, p.Login)
		}
	}
	for _, u := range cat.Units {
		clerk, owes := k.Clerk(u.ID)
		head, ok := k.Head(u.ID)
		if owes != ok || ok && (head.Email != u.ID+"-head@baosong.example" || head.Phone == clerk.Phone) {
			t.Errorf("%s: clerk %v, head %+v", u.ID, owes, head)
		}
	}
	shown, err := (&Visit{Campaign: &Campaign{Cast: k}}).People(t.Context())
	if err != nil || len(shown) == 0 || len(shown) >= len(k.People()) {
		t.Errorf("%d of %d can be signed in as (%v)", len(shown), len(k.People()), err)
	}
}

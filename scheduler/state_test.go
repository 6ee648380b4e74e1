package scheduler_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/baosong/baosong/scheduler"
)

var acts = []Act{Save, Submit, SendZero, Withdraw, SendBack, Accept, Reopen, Close, StampIn}

// moves is everything that may be done to a duty that has opened. What is not here may not.
var moves = map[State]map[Act]State{
	NotOpen:   {Save: Draft, Submit: Submitted, SendZero: Submitted}, // stored so, but open by now
	Pending:   {Save: Draft, Submit: Submitted, SendZero: Submitted},
	Draft:     {Save: Draft, Submit: Submitted, SendZero: Submitted},
	Review:    {Save: Draft, Submit: Submitted, SendZero: Submitted},
	Submitted: {Withdraw: Draft, SendBack: Returned, Accept: Accepted, StampIn: Submitted},
	Returned:  {Save: Returned, Submit: Submitted, SendZero: Submitted},
	Accepted:  {Reopen: Returned, Close: Closed, StampIn: Accepted},
	Closed:    {Reopen: Returned, StampIn: Closed},
	Exempt:    {},
}

func TestNext(t *testing.T) {
	opens := at("2021-06-14 00:00")
	for _, s := range States {
		for _, act := range append(slices.Clone(acts), "dance") {
			want, allowed := moves[s][act]
			got, err := Next(s, act, opens, opens)
			switch {
			case allowed && (err != nil || got != want):
				t.Errorf("%s from %s: %s, %v; want %s", act, s, got, err, want)
			case !allowed && !errors.Is(err, ErrNotNow):
				t.Errorf("%s from %s: %s, %v; want ErrNotNow", act, s, got, err)
			}
			if got, err := Next(NotOpen, act, opens, opens.Add(-1)); got != NotOpen || !errors.Is(err, ErrNotNow) {
				t.Errorf("%s before it opens: %s, %v", act, got, err)
			}
		}
	}
	if len(moves) != len(States) {
		t.Errorf("%d states, %d in the table", len(States), len(moves))
	}
}

func TestStateGroups(t *testing.T) {
	opens := at("2021-06-14 00:00")
	for _, s := range States {
		owed := slices.Contains([]State{Pending, Draft, Review, Returned}, s)
		in := slices.Contains([]State{Submitted, Accepted, Closed}, s)
		if s.Owed() != owed || s.In() != in {
			t.Errorf("%s: owed %t, in %t", s, s.Owed(), s.In())
		}
		if before := s.AsOf(opens.Add(-1), opens); before != s {
			t.Errorf("%s before it opens is %s", s, before)
		}
		if after := s.AsOf(opens, opens); after != s && (s != NotOpen || after != Pending) {
			t.Errorf("%s once open is %s", s, after)
		}
	}
	if NotOpen.AsOf(opens, opens) != Pending {
		t.Error("a duty does not open at its opening instant")
	}
}

// The picture in docs/states.md shows what Next allows, no more and no less.
func TestStatePicture(t *testing.T) {
	text, err := os.ReadFile("../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	_, picture, _ := strings.Cut(string(text), "<!-- duty states -->")
	picture, _, ok := strings.Cut(picture, "<!-- end -->")
	if !ok {
		t.Fatal("docs/states.md lacks the marks <!-- duty states --> and <!-- end -->")
	}
	var drawn []string
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+) --> (\w+): (.+)$`).FindAllStringSubmatch(picture, -1) {
		for _, act := range strings.Split(m[3], ", ") {
			drawn = append(drawn, fmt.Sprintf("%s %s %s", m[1], act, m[2]))
		}
	}
	allowed := []string{"not_open opens pending"} // time's own move
	opens := at("2021-06-14 00:00")
	for _, s := range States {
		if s == NotOpen {
			continue // once open it is drawn as pending
		}
		for _, act := range acts {
			if to, err := Next(s, act, opens, opens); err == nil {
				allowed = append(allowed, fmt.Sprintf("%s %s %s", s, act, to))
			}
		}
		if !strings.Contains(picture, string(s)) {
			t.Errorf("the picture lacks %s", s)
		}
	}
	slices.Sort(drawn)
	slices.Sort(allowed)
	if !slices.Equal(drawn, allowed) {
		t.Errorf("drawn\n%s\nallowed\n%s", strings.Join(drawn, "\n"), strings.Join(allowed, "\n"))
	}
}

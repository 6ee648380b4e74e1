package calendar

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"pgregory.net/rapid"
)

var updateICS = flag.Bool("update-ics", false, "rewrite the golden calendar")

func write(t interface {
	Helper()
	Fatal(...any)
}, f Feed) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteICS(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWriteICS(t *testing.T) {
	signed := MustDate("2021-06-07").Start()
	got := write(t, Feed{Name: "报送截止日期", Refresh: 6 * time.Hour, Events: []Event{
		{UID: UID("bs.example", "quanzhou-2021/progress/2021-06-25/qz-jinjiang"), Stamp: signed, Due: MustDate("2021-06-25").At(EndOfDay),
			Summary: "报送截止：泉州市特殊困难群体排查成效进度表", Description: "2021年6月25日期；盖章, 逗号; 分号\\\n第二行"},
		{UID: UID("bs.example", "d", "weekly", "2021-W24"), Sequence: 3, Stamp: signed, Due: MustDate("2021-06-11").At(17 * 60),
			Summary: "周报", URL: "https://bs.example/calendar?month=2021-06", Cancelled: true,
			Alarm: &Alarm{At: MustDate("2021-06-11").At(9 * 60), Text: "今日截止：周报"}},
	}})
	const golden = "testdata/feed.ics"
	if *updateICS {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("run with -update-ics if this is right:\n%s", got)
	}
	if len(write(t, Feed{})) == 0 {
		t.Error("a feed without events is a calendar all the same")
	}
}

// Whatever a catalogue says comes back as it was, on lines that every reader takes.
func TestICSReadsBack(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("报送截止期零盖章，。；：ABC abc,;:\\\"'\n\r\t\x00\x7f𠮷😀")), 0, 200, -1)
	rapid.Check(t, func(t *rapid.T) {
		day := MustDate("2019-01-01").AddDays(rapid.IntRange(0, 3000).Draw(t, "day"))
		at := TimeOfDay(rapid.IntRange(1, 1440).Draw(t, "minute"))
		e := Event{UID: UID("bs.example", "d", "o", day.String()), Sequence: rapid.IntRange(0, 99).Draw(t, "sequence"), Stamp: day.Start(),
			Due: day.At(at), Summary: text.Draw(t, "summary"), Description: text.Draw(t, "description"), Cancelled: rapid.Bool().Draw(t, "cancelled")}
		b := write(t, Feed{Events: []Event{e}})
		for line := range bytes.SplitSeq(bytes.TrimSuffix(b, []byte("\r\n")), []byte("\r\n")) {
			if len(line) > 75 || !utf8.Valid(line) || bytes.ContainsAny(line, "\r\n") {
				t.Fatalf("a line of %d octets: %q", len(line), line)
			}
		}
		cal, err := ics.ParseCalendar(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		v := cal.Events()[0]
		prop := func(p ics.ComponentProperty) string {
			if x := v.GetProperty(p); x != nil {
				return x.Value
			}
			return ""
		}
		kept := func(s string) string {
			return strings.NewReplacer("\r", "", "\t", "", "\x00", "", "\x7f", "").Replace(s)
		}
		if v.Id() != e.UID || prop(ics.ComponentPropertySummary) != kept(e.Summary) || prop(ics.ComponentPropertyDescription) != kept(e.Description) {
			t.Fatalf("%q, %q, %q came back from\n%s", v.Id(), prop(ics.ComponentPropertySummary), prop(ics.ComponentPropertyDescription), b)
		}
		if (prop(ics.ComponentPropertyStatus) == "CANCELLED") != e.Cancelled {
			t.Fatalf("status %q", prop(ics.ComponentPropertyStatus))
		}
		if at == EndOfDay {
			if got, want := prop(ics.ComponentPropertyDtStart), strings.ReplaceAll(day.String(), "-", ""); got != want {
				t.Fatalf("the day is %s, want %s", got, want)
			}
		} else if end, err := v.GetEndAt(); err != nil || !end.Equal(e.Due) {
			t.Fatalf("it ends at %v, %v, want %v", end, err, e.Due)
		}
	})
}

func TestLastDay(t *testing.T) {
	for due, want := range map[time.Time]string{
		MustDate("2021-06-25").At(EndOfDay): "2021-06-25",
		MustDate("2021-06-25").At(17 * 60):  "2021-06-25",
		MustDate("2021-06-25").At(1):        "2021-06-25",
		MustDate("2021-06-25").Start():      "2021-06-24",
	} {
		if got := LastDay(due); got.String() != want {
			t.Errorf("%s: %s, want %s", due, got, want)
		}
	}
}

package naive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// edge is a deadline at the edge of a day, a month, a year or a leap year: the last millisecond
// that is in time, on a clock in China.
var edges = []struct{ says, in, due, last string }{
	{"月末24时", "2021-06-01..2021-06-30", "{monthly: [-1]}", "2021-06-30 23:59:59.999"},
	{"年末24时", "2021-12-01..2021-12-31", "{dates: [2021-12-31]}", "2021-12-31 23:59:59.999"},
	{"元旦24时", "2021-12-30..2022-01-05", "{dates: [2022-01-01]}", "2022-01-01 23:59:59.999"},
	{"闰日", "2024-02-01..2024-03-01", "{monthly: {days: [29], months: [2]}}", "2024-02-29 23:59:59.999"},
	{"平年的二月底", "2023-02-01..2023-03-01", "{monthly: {days: [29], months: [2]}}", "2023-02-28 23:59:59.999"},
	{"二千年的闰日", "2000-02-01..2000-03-01", "{yearly: {month: 2, day: 31}}", "2000-02-29 23:59:59.999"},
	{"闰日17时", "2024-02-01..2024-03-01", `{dates: [2024-02-29], at: "17:00"}`, "2024-02-29 16:59:59.999"},
	{"一日零时一分", "2024-03-01..2024-03-05", `{dates: [2024-03-01], at: "00:01"}`, "2024-03-01 00:00:59.999"},
	{"写作24时", "2024-03-01..2024-03-05", `{dates: [2024-03-01], at: "24:00"}`, "2024-03-01 23:59:59.999"},
	{"年底23时59分", "2024-12-01..2024-12-31", `{yearly: {month: 12, day: 31}, at: "23:59"}`, "2024-12-31 23:58:59.999"},
	// China kept summer time in 1986 to 1991.
	{"夏令时开始的前一日", "1986-05-01..1986-05-31", "{dates: [1986-05-03]}", "1986-05-03 23:59:59.999"},
	{"夏令时开始之日", "1986-05-01..1986-05-31", "{dates: [1986-05-04]}", "1986-05-04 23:59:59.999"},
	{"夏令时中", "1988-07-01..1988-07-31", `{dates: [1988-07-15], at: "17:00"}`, "1988-07-15 16:59:59.999"},
	{"夏令时结束之日", "1989-09-01..1989-09-30", "{dates: [1989-09-17]}", "1989-09-17 23:59:59.999"},
	{"夏令时结束的前一日", "1990-09-01..1990-09-30", "{dates: [1990-09-15]}", "1990-09-15 23:59:59.999"},
	{"最后一个夏令时", "1991-09-01..1991-09-30", `{dates: [1991-09-14], at: "18:00"}`, "1991-09-14 17:59:59.999"},
	{"夏令时之后", "1992-07-01..1992-07-31", `{dates: [1992-07-15], at: "17:00"}`, "1992-07-15 16:59:59.999"},
}

// A return is in time to the last millisecond before the due instant, and the chase changes its
// tone in the next: until then the deadline lies ahead, from then on it has passed.
func TestDeadlineEdges(t *testing.T) {
	for _, e := range edges {
		t.Run(e.says, func(t *testing.T) {
			w := phrase{In: e.in, Due: e.due}.world(world{})
			naive := w.walk(read(e.due))
			planned := w.planned(t, e.due)
			if len(planned) != 1 || len(naive) != 1 {
				t.Fatalf("%d duties, naively %d", len(planned), len(naive))
			}
			duty := planned[0].Duty
			last := time.UnixMilli(chinese(e.last))
			if got := duty.Due.UnixMilli(); got != last.UnixMilli()+1 || got != naive[0].second*1000 {
				t.Errorf("due %s, naively %d, want a millisecond after %s", duty.Due, naive[0].second, e.last)
			}
			if duty.Due.Location() != time.UTC {
				t.Errorf("an instant in %s", duty.Due.Location())
			}
			if got := calendar.LastDay(duty.Due); got != duty.DueDate || got.String() != e.last[:10] {
				t.Errorf("the last day in time is %s, people read %s, want %s", got, duty.DueDate, e.last[:10])
			}
			for after, want := range map[time.Duration]bool{-time.Millisecond: true, 0: false, time.Millisecond: false} {
				if at := duty.Due.Add(after); at.Before(duty.Due) != want || (calendar.DateOf(at) == duty.DueDate) != (want || duty.DueTime != calendar.EndOfDay) {
					t.Errorf("%s from the due instant: in time %t, on %s", after, at.Before(duty.Due), calendar.DateOf(at))
				}
			}
		})
	}
}

// The reminder of the last afternoon is of use to the last millisecond, and of none after it.
func TestChaseAtTheEdge(t *testing.T) {
	w := state(t)
	w.from, w.to = on("2024-02-01"), on("2024-03-01")
	days := embedded(t).Days
	duty := w.planned(t, "{dates: [2024-02-29]}")[0].Duty
	owed := scheduler.Owed{Duty: duty, State: scheduler.Pending, Contacts: []scheduler.Contact{{Person: "p", Unit: "county", Channels: []notify.Channel{notify.Email}}}}
	for after, want := range map[time.Duration]int{-time.Millisecond: 1, 0: 0, time.Millisecond: 0} {
		sent := 0
		for _, r := range scheduler.Chase([]scheduler.Owed{owed}, nil, scheduler.DefaultLadder(), days, duty.Due.Add(after)).Reminders {
			if r.State == notify.Planned {
				sent++
			}
		}
		if sent != want {
			t.Errorf("%s from the due instant %d reminders are planned, want %d", after, sent, want)
		}
	}
}

// planned is what the real planner makes of one deadline.
func (w *world) planned(t *testing.T, due string) []scheduler.Planned {
	t.Helper()
	c, err := scheduler.Load(w.catalogue([]string{due}))
	if err != nil {
		t.Fatal(err)
	}
	all, err := scheduler.Plan(c, calendar.Span{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// chinese reads "2021-06-30 23:59:59.999" on a clock in China as milliseconds since 1970.
func chinese(s string) int64 {
	d, clock, _ := strings.Cut(s, " ")
	var w world
	rest, err := time.Parse("05.000", clock[6:])
	if err != nil {
		panic(err)
	}
	return second(on(d), w.clock(clock[:5]))*1000 + int64(rest.Second())*1000 + int64(rest.Nanosecond())/1_000_000
}

// Where the host believes itself to be changes nothing, nor whether it knows any zones.
func TestHostZone(t *testing.T) {
	if os.Getenv("NAIVE_LEDGER") != "" {
		os.Stdout.WriteString("ledger " + ledger(t) + "\n")
		return
	}
	want := ledger(t)
	wrong := wrongZones(t)
	here := time.Local
	t.Cleanup(func() { time.Local = here })
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = zone
		if got := ledger(t); got != want {
			t.Errorf("with time.Local at %s the ledger is another", name)
		}
		for _, zones := range []string{"", "/nowhere", wrong} {
			cmd := exec.Command(os.Args[0], "-test.run=^TestHostZone$", "-test.v")
			cmd.Env = append(os.Environ(), "NAIVE_LEDGER=1", "TZ="+name, "ZONEINFO="+zones)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !strings.Contains(string(out), "ledger "+want+"\n") {
				t.Errorf("TZ=%s ZONEINFO=%s: the ledger is another", name, zones)
			}
		}
	}
}

// wrongZones makes a folder of zones in which Shanghai lies at Greenwich: a host's own data
// may be old or broken.
func wrongZones(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	utc := make([]byte, 44, 54) // a TZif file of version 1 with one zone and no changes
	copy(utc, "TZif")
	utc[39], utc[43] = 1, 4
	utc = append(utc, 0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0)
	if err := os.Mkdir(filepath.Join(dir, "Asia"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Asia", "Shanghai"), utc, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ledger is a hash over what the real planner makes of many phrases and every edge.
func ledger(t *testing.T) string {
	t.Helper()
	hash := sha256.New()
	plan := func(w world, due string) {
		got, err := w.plan([]string{due}, calendar.Span{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(hash, got)
	}
	for i, p := range phrases(t) {
		if i%8 == 0 {
			plan(p.world(state(t)), p.Due)
		}
	}
	for _, e := range edges {
		plan(phrase{In: e.in, Due: e.due}.world(world{}), e.due)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"
)

var updatePlan = flag.Bool("update-plan", false, "rewrite the golden calendar of plan")

// The calendar of the Quanzhou directive is the same bytes on every host, and a library reads
// the deadlines back.
func TestPlanAsCalendar(t *testing.T) {
	plan := func(args ...string) []byte {
		t.Helper()
		cmd := subprocess(append([]string{"plan", "--directive", "quanzhou-2021", "--format", "ics", "--domain", "bs.example"}, args...)...)
		cmd.Env = append(cmd.Env, "TZ=America/New_York")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	got := plan()
	const golden = "testdata/quanzhou-2021.ics"
	if *updatePlan {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("run with -update-plan if this is right:\n%s", got)
	}
	read := func(b []byte) (days map[string]string) {
		t.Helper()
		cal, err := ics.ParseCalendar(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		days = map[string]string{}
		for _, e := range cal.Events() {
			if days[e.Id()] != "" {
				t.Errorf("two events are %s", e.Id())
			}
			days[e.Id()] = e.GetProperty(ics.ComponentPropertyDtStart).Value
			if len(e.Alarms()) != 0 {
				t.Errorf("%s rings", e.Id())
			}
		}
		return days
	}
	all := read(got)
	if len(all) != 29 || all["quanzhou-2021.progress.2021-06-25@bs.example"] != "20210625" || all["quanzhou-2021.summary.2021-09-08@bs.example"] != "20210908" {
		t.Errorf("%d events: %v", len(all), all)
	}
	one := read(plan("--unit", "qz-jinjiang", "--from", "2021-06-25", "--to", "2021-06-28"))
	if len(one) != 3 || one["quanzhou-2021.clues.2021-06-28.qz-jinjiang@bs.example"] != "20210628" {
		t.Errorf("of one unit: %v", one)
	}
	if none := plan("--unit", "qz-own"); strings.Contains(string(none), "VEVENT") {
		t.Errorf("the city's own row owes nothing:\n%s", none)
	}
}

// Groups of units that are asked at different times have events of their own.
func TestPlanAsCalendarKeepsGroupsApart(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"cat/parts-2021/directive.yaml": `id: parts-2021
number: 样例〔2021〕2号
title: 关于报送走访情况的通知
issuer: qz
signed: 2021-06-07
window: {from: 2021-06-07, to: 2021-09-30}
obligations:
  - id: visits
    title: 走访情况表
    label: 走访表
    clause: {place: 一, quote: 每季度后报送走访情况表}
    to: {unit: qz}
    forms: [visits]
    parts:
      - {from: {units: [qz-jinjiang]}, due: {quarterly: {after_end: 3 days}}}
      - {from: {units: [qz-anxi, qz-shishi]}, due: {quarterly: {after_end: 5 days}}}
`,
		"cat/parts-2021/forms/visits.yaml": `id: visits
version: 1
kind: table
title: 走访情况表
stub: 地区名称
total: 合计
columns:
  - {heading: 走访户数, id: households, type: count, unit: 户}
`} {
		path := dir + "/" + name
		if err := os.MkdirAll(path[:strings.LastIndex(path, "/")], 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := subprocess("plan", "--catalogue", dir+"/cat", "--from", "2021-07-01", "--to", "2021-07-31", "--format", "ics")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"UID:parts-2021.visits.2021-Q2.group-1@baosong.example\r\n", "UID:parts-2021.visits.2021-Q2.group-2@baosong.example\r\n",
		"DTSTART;VALUE=DATE:20210703\r\n", "DTSTART;VALUE=DATE:20210705\r\n", "晋江市"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the calendar lacks %q:\n%s", want, out)
		}
	}
}

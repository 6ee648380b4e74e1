package rollup_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/rollup"
)

// The spelling of the canonical JSON is frozen: hashes of published editions depend on it.
func TestCanonical(t *testing.T) {
	table := compile(t, formstest.Summary(), []rollup.Input{
		{Unit: "a", Name: "鲤城区", Mark: rollup.Reported, Reviewed: true, Version: 2, Hash: "ab", Sheet: forms.Sheet{Rows: []forms.Row{{"done": "a<b & \"c\"\n二"}}}},
		{Unit: "b", Name: "丰泽区", Mark: rollup.Missing},
	})
	table.Directive, table.Obligation, table.Period, table.PeriodLabel = "quanzhou-2021", "summary", "2021-09-08", "2021年"
	got, err := rollup.Canonical(table)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"directive":"quanzhou-2021","obligation":"summary","form":"summary","form_version":1,"period":"2021-09-08","period_label":"2021年",` +
		`"lines":[{"label":"鲤城区","unit":"a","mark":"REPORTED","cells":["a<b & \"c\"\n二",""]},{"label":"丰泽区","unit":"b","mark":"MISSING","cells":["",""]}],` +
		`"coverage":{"due":2,"in":1,"reviewed":1,"zero":[],"missing":["丰泽区"],"exempt":[],"late":[],"own":false},` +
		`"inputs":[{"unit":"a","name":"鲤城区","mark":"REPORTED","reviewed":true,"version":2,"hash":"ab"},{"unit":"b","name":"丰泽区","mark":"MISSING"}],"explained":[]}`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	hash, err := rollup.Hash(table)
	if err != nil || hash != "8b2b186fc11f30e156d403652c37ad91edfcfa5f259a81bc169542428890d829" {
		t.Errorf("hash %s, %v", hash, err)
	}
	// A table that was stored and read again is the same table.
	var back rollup.Table
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := rollup.Hash(back); err != nil || again != hash {
		t.Errorf("after a round trip: %s, %v", again, err)
	}
	// Nil and empty lists are the same.
	var empty rollup.Table
	a, errA := rollup.Hash(empty)
	empty.Lines, empty.Coverage.Zero = []rollup.Line{}, []string{}
	b, errB := rollup.Hash(empty)
	if errA != nil || errB != nil || a != b {
		t.Errorf("empty tables: %s %s", a, b)
	}
}

// A table published before there were ledgers, adjustments and levels, built by hand, is spelled
// as it was then: the hash it was published with still holds.
func TestCanonicalOfOldEditions(t *testing.T) {
	const stored = `{"directive":"quanzhou-2021","obligation":"progress","form":"annex-2","form_version":1,"period":"2021-06-25","period_label":"2021年6月25日期",` +
		`"lines":[{"label":"全市合计","total":true,"cells":["12",""]},{"label":"鲤城区","unit":"a","mark":"REPORTED","cells":["12",""]},{"label":"市本级","unit":"o","mark":"MISSING","cells":["",""]}],` +
		`"coverage":{"due":1,"in":1,"reviewed":1,"zero":[],"missing":[],"exempt":[],"late":["鲤城区"],"own_name":"市本级","own":false},` +
		`"inputs":[{"unit":"a","name":"鲤城区","mark":"REPORTED","late":true,"reviewed":true,"version":1,"hash":"ab"},{"unit":"o","name":"市本级","own":true,"mark":"MISSING"}],` +
		`"explained":["鲤城区 甲：乙"]}`
	var table rollup.Table
	if err := json.Unmarshal([]byte(stored), &table); err != nil {
		t.Fatal(err)
	}
	if got, err := rollup.Canonical(table); err != nil || string(got) != stored {
		t.Errorf("%s, %v", got, err)
	}
	if hash, err := rollup.InputsHash(table.Inputs); err != nil || hash != "0f5620575a325fcfcce0b976f48d8698f0bdd98cd8c3b8e09c8c9b866257cf76" {
		t.Errorf("inputs %s, %v", hash, err)
	}
}

// All that is new is spelled one way too, and comes back from storage as the same table.
func TestCanonicalOfNewThings(t *testing.T) {
	city := county()
	city[0].Edition, city[0].Below = "d/o/p/f/1", &rollup.Coverage{Due: 2, In: 1, Missing: []string{"某镇"}, Below: []rollup.Within{{Name: "另一镇"}}}
	adjusted, err := rollup.Compile(helped(), city, amend("a", "rural", "20", "19"), carry("c"))
	if err != nil {
		t.Fatal(err)
	}
	if city[0].Below.Zero != nil {
		t.Error("the caller's coverage was changed")
	}
	for _, table := range []rollup.Table{adjusted, compile(t, problems(), campaignOfProblems())} {
		b, err := rollup.Canonical(table)
		if err != nil {
			t.Fatal(err)
		}
		var back rollup.Table
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		again, err := rollup.Canonical(back)
		if err != nil || string(again) != string(b) {
			t.Errorf("after a round trip %s\nbefore %s, %v", again, b, err)
		}
	}
	b, err := rollup.Canonical(adjusted)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"adjusted":[3]}`, `"carried":true}`, `"carried":["洛江区"]`, `"adjustments":[{"id":"a/rural","kind":"amend"`,
		`"below":[{"name":"鲤城区","due":2,"in":1,"reviewed":0,"zero":[],"missing":["某镇"],`} {
		if !strings.Contains(string(b), part) {
			t.Errorf("%s is not in %s", part, b)
		}
	}
}

// What an edition is made from beside the returns is in the hash of its inputs.
func TestInputsHashOfNewThings(t *testing.T) {
	hash := func(in []rollup.Input, a ...rollup.Adjustment) string {
		h, err := rollup.InputsHash(in, a...)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	with := func(change func([]rollup.Input)) []rollup.Input {
		in := county()
		change(in)
		return in
	}
	one, two := amend("a", "rural", "20", "19"), carry("c")
	last := with(func(in []rollup.Input) { in[2].Last = nil })
	seen := map[string]string{}
	for name, h := range map[string]string{
		"plain": hash(county()), "one": hash(county(), one), "both": hash(county(), one, two), "carried": hash(county(), two), "carried nothing": hash(last, two),
		"opening": hash(with(func(in []rollup.Input) { in[0].Opening = []forms.Row{item("1", "甲", "")} })),
		"edition": hash(with(func(in []rollup.Input) { in[0].Edition = "e" })),
	} {
		if seen[h] != "" {
			t.Errorf("%s and %s have the same hash", name, seen[h])
		}
		seen[h] = name
	}
	if hash(county(), two, one) != hash(county(), one, two) {
		t.Error("the order of the adjustments changes the hash")
	}
	if hash(last) != hash(county()) {
		t.Error("the period before changes the hash, though nothing is carried")
	}
}

func TestInputsHash(t *testing.T) {
	hash := func(in []rollup.Input) string {
		h, err := rollup.InputsHash(in)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	in := campaign()
	base := hash(in)
	reviewed := slices.Clone(in)
	reviewed[3].Reviewed = !reviewed[3].Reviewed
	if hash(reviewed) != base {
		t.Error("reviewing a return changes the hash of the inputs")
	}
	for _, change := range []func(*rollup.Input){
		func(x *rollup.Input) { x.Version++ }, func(x *rollup.Input) { x.Hash = "other" },
		func(x *rollup.Input) { x.Mark = rollup.Missing }, func(x *rollup.Input) { x.Unit = "other" },
	} {
		other := slices.Clone(in)
		change(&other[3])
		if hash(other) == base {
			t.Errorf("%+v: same hash", other[3])
		}
	}
}

func TestChanged(t *testing.T) {
	old := []rollup.Input{
		{Unit: "a", Name: "鲤城区", Mark: rollup.Missing},
		{Unit: "b", Name: "丰泽区", Mark: rollup.Reported, Version: 1, Hash: "x"},
		{Unit: "c", Name: "洛江区", Mark: rollup.Reported, Version: 1, Hash: "x"},
		{Unit: "d", Name: "泉港区", Mark: rollup.Reported, Version: 1, Hash: "x"},
		{Unit: "e", Name: "石狮市", Mark: rollup.ConfirmedZero, Version: 1, Hash: "x"},
		{Unit: "f", Name: "晋江市", Mark: rollup.Reported, Version: 1, Hash: "x"},
	}
	now := []rollup.Input{
		{Unit: "a", Name: "鲤城区", Mark: rollup.Reported, Late: true, Version: 1, Hash: "y"},
		{Unit: "b", Name: "丰泽区", Mark: rollup.Reported, Version: 2, Hash: "y"},
		{Unit: "c", Name: "洛江区", Mark: rollup.Reported, Version: 2, Hash: "x"},
		{Unit: "d", Name: "泉港区", Mark: rollup.Missing},
		{Unit: "f", Name: "晋江市", Mark: rollup.Reported, Version: 1, Hash: "x", Reviewed: true},
		{Unit: "g", Name: "南安市", Mark: rollup.Exempt},
	}
	want := []string{
		"鲤城区：原为未报，现为已报，迟报。",
		"丰泽区：报送内容有更正，由第1版改为第2版。",
		"洛江区：重新报送，由第1版改为第2版，内容未变。",
		"泉港区：原为已报，现为未报。",
		"南安市：新列入，现为免报。",
		"石狮市：不再列入（原为零报送）。",
	}
	if got := rollup.Changed(old, now); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if got := rollup.Changed(now, now); len(got) != 0 {
		t.Errorf("nothing changed: %q", got)
	}
}

func TestLineage(t *testing.T) {
	f := formstest.Annex2()
	in := campaign()
	in[2].Mark, in[2].Sheet = rollup.Missing, forms.Sheet{}
	table := compile(t, f, in)
	col := column(f, "a8_found")
	src := rollup.Lineage(table, 0, col)
	if len(src) != 12 || src[0].Input.Name != "鲤城区" || src[0].Cell != "3019" || src[0].Input.Hash != "h01" || src[11].Input.Name != "市本级" {
		t.Errorf("%d sources: %+v", len(src), src)
	}
	if src := rollup.Lineage(table, 1, col); len(src) != 1 || src[0].Line != 1 || src[0].Cell != "3019" {
		t.Errorf("a unit's own cell: %+v", src)
	}
	for _, at := range [][2]int{{2, col}, {0, column(f, "a10_found")}, {-1, 0}, {99, 0}, {0, 99}, {0, -1}} {
		if src := rollup.Lineage(table, at[0], at[1]); len(src) != 0 {
			t.Errorf("%v has sources %+v", at, src)
		}
	}
}

package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var towns = []string{"qz-jinjiang-anhai", "qz-jinjiang-chidian", "qz-jinjiang-cizao"}

// levels is a site in which 晋江市 has passed the progress table and the clue register on to three
// towns, and 泉州市 owes the province its roll-up of the clues.
func levels(t *testing.T) *site {
	t.Helper()
	s := newSite(t, townships(t))
	cat := s.web.Desk.Catalogue
	for _, id := range towns {
		if cat.Unit(id) == nil {
			t.Fatalf("no unit %s", id)
		}
	}
	recorded := scheduler.Recorded{Delegations: []scheduler.Delegation{
		{Directive: "quanzhou-2021", Obligation: "progress", By: "qz-jinjiang", To: towns, DaysBefore: 2},
		{Directive: "quanzhou-2021", Obligation: "clues", By: "qz-jinjiang", To: towns, DaysBefore: 2}}}
	planned, _ := scheduler.PlanWith(cat, recorded, calendar.Span{From: calendar.MustDate("2021-06-01"), To: calendar.MustDate("2021-07-31")})
	var duties []store.NewDuty
	for _, p := range planned {
		if p.Delegated && p.Key.Directive == "quanzhou-2021" {
			duties = append(duties, store.NewDuty{Duty: p.Duty, To: p.To, Order: p.Order})
		}
		if p.Key.Directive == "quanzhou-2021" && p.Key.Obligation == "clues" && p.Key.Period == "2021-06-28" && p.Key.Unit == "qz-jinjiang" {
			up := p.Duty // as the province would ask for it, on the same day
			up.Key.Obligation, up.Key.Unit, up.UnitName = "clues-province", "qz", "泉州市"
			duties = append(duties, store.NewDuty{Duty: up, To: "fj"})
		}
	}
	if _, err := s.store.InsertDuties(t.Context(), duties, opening); err != nil {
		t.Fatal(err)
	}
	role := func(unit string, n store.RoleName) store.Role { return store.Role{Unit: unit, Name: n} }
	for id, roles := range map[string][]store.Role{
		"town-0": {role(towns[0], store.Clerk)}, "town-1": {role(towns[1], store.Clerk)}, "town-2": {role(towns[2], store.Clerk)},
		"county": {role("qz-jinjiang", store.Reviewer)}, "city-clerk": {role("qz", store.Clerk)}, "province": {role("fj", store.Reviewer)},
		"both": {role("qz-jinjiang", store.Reviewer), role("qz", store.Reviewer)},
	} {
		if err := s.store.PutPerson(t.Context(), store.Person{ID: id, Name: "许样六", Login: id, Roles: roles}, ""); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// put fills a duty's form in and submits it.
func (b *browser) put(duty string, v url.Values) answer {
	b.t.Helper()
	page := b.get("/duty/"+duty+"/fill").want(b.t, 200, "")
	v.Set("seq", page.hidden(b.t, "seq"))
	v.Set("uuid", page.hidden(b.t, "uuid"))
	v.Set("do", "submit")
	return b.post("/duty/"+duty+"/fill", v)
}

// What towns typed in reaches the city as one figure of their county: equal to the sum, with whom
// it covers, and it opens down to the towns for who may look there.
func TestThreeLevelsOfATable(t *testing.T) {
	s := levels(t)
	town := func(i int) string { return "quanzhou-2021/progress/2021-06-25/" + towns[i] }
	all, none := s.figures("qz-jinjiang"), url.Values{}
	for name := range all {
		none.Set(name, "0")
	}
	all.Set(medical, "3000")
	none.Set(medical, "19")
	s.as("town-0").put(town(0), all).want(t, 303, "/duty/"+town(0)+"/receipt")
	s.as("town-1").put(town(1), none).want(t, 303, "/duty/"+town(1)+"/receipt")

	clerk, county := s.as(jinjiang), s.as("county")
	clerk.get("/duty/"+progress).lacks(t, "用汇总结果填报")
	county.get("/board"+roll).want(t, 200, "").has(t, "安海镇", "磁灶镇").lacks(t, "市本级", "石狮市", "收报单位")
	county.post("/edition"+roll+"/annex-2", nil).want(t, 303, "/edition"+roll+"/annex-2/qz-jinjiang/1")
	below := "/edition" + roll + "/annex-2/qz-jinjiang/1"
	county.get(below).want(t, 200, "").has(t, "应报 3，已报 2，未报 1：磁灶镇", "3,019")
	s.as(bureau).get(below).want(t, 404, "")
	s.as(shishi).get(below).want(t, 403, "")

	page := clerk.get("/duty/"+progress).want(t, 200, "").has(t, "用第 1 稿汇总结果填报", "应报 3，已报 2，未报 1：磁灶镇")
	id := page.hidden(t, "edition")
	up := func(edition string) url.Values {
		return url.Values{"edition": {edition}, "seq": {page.hidden(t, "seq")}}
	}
	clerk.post("/duty/"+progress+"/from-edition", up(id+"0")).want(t, 404, "")
	s.as(shishi).post("/duty/"+others+"/from-edition", up(id)).want(t, 404, "")
	s.as(shishi).post("/duty/"+progress+"/from-edition", up(id)).want(t, 404, "")
	county.post("/duty/"+progress+"/from-edition", up(id)).want(t, 403, "")
	clerk.post("/duty/"+progress+"/from-edition", up(id)).want(t, 303, "/duty/"+progress+"/fill?saved=1")
	clerk.post("/duty/"+progress+"/from-edition", up(id)).want(t, 409, "") // from a page left open
	if got := clerk.get("/duty/"+progress+"/fill").hidden(t, medical); got != "3019" {
		t.Errorf("the roll-up is filled in as %q", got)
	}
	clerk.get("/duty/"+progress).has(t, "将代替现有草稿", "依据：").lacks(t, "不一致")
	clerk.put(progress, s.figures("qz-jinjiang")).want(t, 303, "/duty/"+progress+"/receipt")

	city := s.as(bureau)
	city.get("/duty/"+progress).has(t, "依据：", "填报单位汇总稿第 1 稿", "未报 1：磁灶镇").lacks(t, below, "不一致")
	city.post("/edition"+roll+"/annex-2", nil).want(t, 303, compiled+"1")
	city.get(compiled+"1").has(t, "其中晋江市：应报 3，已报 2，未报 1：磁灶镇", "其中：晋江市 应报3，已报2，未报：磁灶镇")
	city.get(compiled+"1?lang=en").has(t, "within 晋江市:")
	line := lineOf(t, s, compiled+"1", "qz-jinjiang")
	city.get(compiled+"1/figure/"+line+"/medical_found?lang=zh-CN").has(t, "3,019", "由下级汇总").lacks(t, below)

	// Who reviews at both levels looks down to the towns, and chooses between the two roll-ups.
	both := s.as("both")
	both.get(compiled+"1/figure/"+line+"/medical_found").has(t, "由下级汇总（第 1 稿）", `href="`+below+`/figure/0/medical_found"`)
	both.get(below+"/figure/0/medical_found").has(t, "安海镇", "3,000", "池店镇", "19").lacks(t, "磁灶镇")
	both.get("/board"+roll).has(t, "收报单位", "晋江市民政局", "石狮市").lacks(t, "安海镇")
	both.get("/board"+roll+"?to=qz-jinjiang").has(t, "安海镇").lacks(t, "石狮市", "市本级")
	both.get("/board"+roll+"?to=fj").want(t, 404, "")
	both.get("/board"+roll+"?to=qz-jinjiang").has(t, `action="/board`+roll+`/accept?to=qz-jinjiang"`, `lang=en&amp;to=qz-jinjiang`)
	both.post("/board"+roll+"/accept?to=qz-jinjiang", url.Values{"duty": {town(0)}}).want(t, 303, "/board"+roll+"?done=accepted&to=qz-jinjiang")
	both.post("/duty/"+town(1)+"/accept", nil).want(t, 303, "/board"+roll+"?done=accepted&to=qz-jinjiang")
	both.post("/edition"+roll+"/annex-2?to=qz-jinjiang", nil).want(t, 303, below)

	// A late town makes the county's edition stale; the county reports anew, by hand in one column.
	s.as("town-2").put(town(2), none).want(t, 303, "/duty/"+town(2)+"/receipt")
	county.get(below).has(t, "本稿之后的变化", "磁灶镇")
	clerk.post("/duty/"+progress+"/withdraw", nil)
	clerk.get("/duty/"+progress).has(t, "依据：", "需重新汇总")
	v := s.figures("qz-jinjiang")
	v.Set(medical, "3038")
	clerk.put(progress, v).want(t, 303, "/duty/"+progress+"/receipt")
	city.get("/duty/"+progress).has(t, "以下栏目的数与汇总稿不一致：", "填报单位汇总稿第 1 稿")
	city.get(compiled+"1").has(t, "本稿之后的变化", "3,019→3,038")
}

// lineOf is the line of a unit in an edition.
func lineOf(t *testing.T, s *site, path, unit string) string {
	t.Helper()
	e, err := s.store.Edition(t.Context(), storeViewer(bureau), strings.TrimPrefix(path, "/edition/"))
	if err != nil {
		t.Fatal(err)
	}
	return string(rune('0' + slices.IndexFunc(e.Table.Lines, func(l rollup.Line) bool { return l.Unit == unit })))
}

// Rows of a register, with their files, go up through four levels: towns, county, city, province.
func TestFourLevelsOfARegister(t *testing.T) {
	s := levels(t)
	register(forms.Register)(&Options{Desk: s.web.Desk})
	const period = "2021-06-28"
	town := func(i int) string { return "quanzhou-2021/clues/" + period + "/" + towns[i] }
	county, city, province := "quanzhou-2021/clues/"+period+"/qz-jinjiang", "/edition/quanzhou-2021/clues/"+period+"/annex-4", "quanzhou-2021/clues-province/"+period+"/qz"
	row := func(i int, unit, name string) url.Values {
		return url.Values{rowsName("annex-4"): {"1"}, cell(0, "town"): {unit}, cell(0, "remark"): {name}}
	}
	photo := pictureOf(t, nil)
	b := s.as("town-0")
	page := b.get("/duty/" + town(0) + "/fill")
	v := row(0, "安海镇", "甲")
	v.Set("seq", page.hidden(t, "seq"))
	v.Set("uuid", page.hidden(t, "uuid"))
	v.Set("do", "submit")
	b.upload("/duty/"+town(0)+"/fill", v, sentFile{filePrefix + cell(0, "proof"), "佐证.png", photo}).want(t, 303, "/duty/"+town(0)+"/receipt")
	s.as("town-1").put(town(1), row(0, "池店镇", "乙")).want(t, 303, "/duty/"+town(1)+"/receipt")
	s.as("town-2").post("/duty/"+town(2)+"/zero", url.Values{}).want(t, 303, "/duty/"+town(2)+"/receipt")

	s.as("county").post(city, nil).want(t, 303, city+"/qz-jinjiang/1")
	goUp := func(who, duty string) {
		t.Helper()
		b := s.as(who)
		page := b.get("/duty/"+duty).want(t, 200, "").has(t, "汇总结果填报")
		b.post("/duty/"+duty+"/from-edition", url.Values{"edition": {page.hidden(t, "edition")}, "seq": {page.hidden(t, "seq")}}).
			want(t, 303, "/duty/"+duty+"/fill?saved=1")
		fill := b.get("/duty/"+duty+"/fill").has(t, "安海镇", "池店镇", "佐证.png")
		v := url.Values{rowsName("annex-4"): {"2"}, "seq": {fill.hidden(t, "seq")}, "uuid": {fill.hidden(t, "uuid")}, "do": {"submit"}}
		for i, name := range []string{"安海镇", "池店镇"} {
			v.Set(cell(i, "town"), name)
			v.Set(cell(i, "remark"), string([]rune("甲乙")[i]))
			v.Set(cell(i, "proof"), fill.value(cell(i, "proof")))
		}
		a := b.post("/duty/"+duty+"/fill", v)
		a.want(t, 303, "/duty/"+duty+"/receipt")
	}
	goUp(jinjiang, county)
	s.as(bureau).post(city, nil).want(t, 303, city+"/qz/1")
	got := s.as(bureau).get(city+"/qz/1").has(t, "其中晋江市：应报 3，已报 3，零报送 1", "佐证.png")
	href := between(got.body, `href="/duty/`+county+`/file/`, `"`)
	if body := s.as(bureau).get("/duty/"+county+"/file/"+href).want(t, 200, "").body; body != string(photo) {
		t.Error("the city does not get the town's file")
	}
	s.as(bureau).get("/duty/"+town(0)+"/file/"+href).want(t, 404, "")
	goUp("city-clerk", province)
	top := "/edition/quanzhou-2021/clues-province/" + period + "/annex-4"
	p := s.as("province")
	p.get("/duty/"+province).has(t, "依据：", "其中晋江市：应报 3，已报 3")
	p.post(top, nil).want(t, 303, top+"/fj/1")
	p.get(top+"/fj/1").has(t, "安海镇", "池店镇", "其中泉州市：", "其中：泉州市 应报12，已报1", "泉州市晋江市 应报3，已报3")
	href = between(p.get("/duty/"+province).body, `href="/duty/`+province+`/file/`, `"`)
	p.get("/duty/"+province+"/file/"+href).want(t, 200, "")
}

// Upward offers editions to clerks who may write, and to nobody else.
func TestUpwardIsForWriters(t *testing.T) {
	s := levels(t)
	w, err := s.web.Desk.View(t.Context(), storeViewer("county"), "quanzhou-2021/progress/2021-06-25/"+towns[0], opening)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.web.Desk.Upward(t.Context(), storeViewer("county"), w); err != nil || got != nil {
		t.Errorf("%v %v", got, err)
	}
	if got := desk.Strayed(w.Forms[0], rollup.Table{}, forms.Sheet{}); got != nil {
		t.Errorf("another form's table: %v", got)
	}
}

// A county that reports a ledger only now and then still says above what was closed meanwhile:
// nothing vanishes between two levels.
func TestLedgerCatchesUpAbove(t *testing.T) {
	s := levels(t)
	register(forms.Ledger)(&Options{Desk: s.web.Desk})
	d, ctx := s.web.Desk, t.Context()
	county := storeViewer("county")
	key := func(period, unit string) string { return "quanzhou-2021/clues/" + period + "/" + unit }
	rollOf := func(period string) store.Roll {
		return store.Roll{Directive: "quanzhou-2021", Obligation: "clues", Period: period, Form: "annex-4"}
	}
	submit := func(who, duty string, day string, change func(rows []forms.Row) []forms.Row) {
		t.Helper()
		now := calendar.MustDate(day).At(9 * 60)
		w, err := d.View(ctx, storeViewer(who), duty, now)
		if err != nil {
			t.Fatal(err)
		}
		c := forms.Content{"annex-4": {Rows: change(w.Content["annex-4"].Rows)}}
		if _, ps, err := d.Submit(ctx, storeViewer(who), store.Submission{Duty: duty, Content: c, UUID: duty}, w.Seq, now); err != nil {
			t.Fatalf("%s: %v %+v", duty, err, ps)
		}
	}
	compile := func(v store.Viewer, period, day string) store.Edition {
		t.Helper()
		e, err := d.Compile(ctx, v, rollOf(period), calendar.MustDate(day).At(10*60))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	up := func(e store.Edition, period, day string) forms.Sheet {
		t.Helper()
		now, duty := calendar.MustDate(day).At(11*60), key(period, "qz-jinjiang")
		draft, err := d.BeginFrom(ctx, storeViewer(jinjiang), duty, e.ID, 0, now)
		if err != nil {
			t.Fatal(err)
		}
		r, ps, err := d.Submit(ctx, storeViewer(jinjiang), store.Submission{Duty: duty, Content: draft.Content, UUID: duty}, draft.Seq, now)
		if err != nil {
			t.Fatalf("%s: %v %+v", duty, err, ps)
		}
		if r.Basis.Edition != e.ID {
			t.Errorf("%s is made from %q", duty, r.Basis.Edition)
		}
		return r.Content["annex-4"]
	}
	same := func(rows []forms.Row) []forms.Row { return rows }

	submit("town-0", key("2021-06-13", towns[0]), "2021-06-10", func([]forms.Row) []forms.Row {
		return []forms.Row{{"town": "安海镇", "person": "林样一"}, {"town": "安海镇", "person": "陈样二"}}
	})
	first := up(compile(county, "2021-06-13", "2021-06-12"), "2021-06-13", "2021-06-12")
	if len(first.Rows) != 2 || first.Rows[0][forms.ItemID] == "" {
		t.Fatalf("reported first: %+v", first)
	}
	compile(storeViewer(bureau), "2021-06-13", "2021-06-13")
	submit("town-0", key("2021-06-28", towns[0]), "2021-06-20", func(rows []forms.Row) []forms.Row {
		rows[0]["done"], rows[0]["remark"] = "2021-06-19", "已纳入低保"
		return rows
	})
	compile(county, "2021-06-28", "2021-06-27") // compiled, and never sent
	submit("town-0", key("2021-07-13", towns[0]), "2021-07-05", same)
	e := compile(county, "2021-07-13", "2021-07-10")
	if len(e.Table.Lines) != 1 {
		t.Fatalf("open in July: %+v", e.Table.Lines)
	}
	second := up(e, "2021-07-13", "2021-07-10")
	closed := slices.IndexFunc(second.Rows, func(r forms.Row) bool { return r[forms.ItemID] == first.Rows[0][forms.ItemID] })
	if len(second.Rows) != 2 || closed < 0 || second.Rows[closed]["done"] != "2021-06-19" {
		t.Errorf("reported next: %+v", second)
	}
	compile(storeViewer(bureau), "2021-07-13", "2021-07-12") // and it balances
}

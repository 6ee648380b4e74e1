package catalogue_test

import (
	"fmt"
	"testing"

	"github.com/baosong/baosong/scheduler"
)

// table's rows of 泉州 stand in the tree in its order, with nothing between them.
func TestUnitsOfQuanzhou(t *testing.T) {
	c := load(t)
	first := -1
	for i, u := range c.Units {
		if u.ID == "qz" {
			first = i
		}
	}
	if first < 0 || c.Unit("qz").Parent != "fj" {
		t.Fatal("no qz below fj")
	}
	for i, want := range table {
		u := c.Units[first+i]
		if u.ID != want.id || u.Name != want.name || u.Office != want.office || u.Code != want.code || u.Own != (want.id == "qz-own") {
			t.Errorf("row %d is %+v, want %+v", i, *u, want)
		}
		if i > 1 && (u.Level != scheduler.County || u.Parent != "qz") {
			t.Errorf("%s: level %s below %s", u.ID, u.Level, u.Parent)
		}
	}
	if got := fmt.Sprint(c.Unit("qz-taishang").Covers); got != "[350521104 350521105 350521106 350521200]" {
		t.Errorf("台商投资区 covers %s", got)
	}
}

// How many units each place has below it, counted from the official tables of the year that
// the directive is of; and that their codes lie within those of the place.
func TestUnits(t *testing.T) {
	c := load(t)
	for _, want := range []struct {
		id, code string
		below    int
		level    scheduler.Level
	}{
		{"fj", "350000", 10, scheduler.City}, // nine cities and 平潭
		{"fj-fuzhou", "350100", 12, scheduler.County},
		{"fj-xiamen", "350200", 6, scheduler.County},
		{"fj-putian", "350300", 5, scheduler.County},
		{"fj-sanming", "350400", 12, scheduler.County},
		{"qz", "350500", 12, scheduler.County}, // eleven counties and 台商投资区
		{"fj-zhangzhou", "350600", 11, scheduler.County},
		{"fj-nanping", "350700", 10, scheduler.County},
		{"fj-longyan", "350800", 7, scheduler.County},
		{"fj-ningde", "350900", 9, scheduler.County},
		{"fj-pingtan", "", 0, scheduler.County},
		{"qz-jinjiang", "350582", 19, scheduler.Township}, // 6 街道, 13 镇
		{"sx", "140000", 11, scheduler.City},
		{"jl", "220000", 10, scheduler.City}, // eight cities, 延边州 and 长白山
		{"jl-changchun", "220100", 11, scheduler.County},
		{"jl-jilin", "220200", 9, scheduler.County},
		{"jl-siping", "220300", 5, scheduler.County},
		{"jl-liaoyuan", "220400", 4, scheduler.County},
		{"jl-tonghua", "220500", 7, scheduler.County},
		{"jl-baishan", "220600", 6, scheduler.County},
		{"jl-songyuan", "220700", 5, scheduler.County},
		{"jl-baicheng", "220800", 5, scheduler.County},
		{"jl-yanbian", "222400", 8, scheduler.County},
		{"jl-changbaishan", "", 0, scheduler.County},
	} {
		top := c.Unit(want.id)
		if top == nil || top.Code != want.code {
			t.Errorf("%s: %+v", want.id, top)
			continue
		}
		n := 0
		for _, u := range c.Units {
			if u.Parent != want.id || u.Own {
				continue
			}
			n++
			within := map[scheduler.Level]int{scheduler.City: 2, scheduler.County: 4, scheduler.Township: 6}[u.Level]
			if u.Level != want.level || u.Code != "" && u.Code[:within] != want.code[:within] {
				t.Errorf("%s (%s) is a %s below %s", u.ID, u.Code, u.Level, want.id)
			}
		}
		if n != want.below {
			t.Errorf("%s has %d below it, want %d", want.id, n, want.below)
		}
	}
	if len(c.Units) != 3+31+84+60+1+19 { // provinces, cities, counties, 市本级, townships
		t.Errorf("%d units", len(c.Units))
	}
}

// The units without a code are the ones that no table of codes has.
func TestUnitsWithoutCode(t *testing.T) {
	var got []string
	for _, u := range load(t).Units {
		if u.Code == "" && u.Level != scheduler.Township {
			got = append(got, u.ID)
		}
	}
	if fmt.Sprint(got) != "[qz-own qz-taishang fj-pingtan jl-changbaishan]" {
		t.Errorf("%v", got)
	}
}

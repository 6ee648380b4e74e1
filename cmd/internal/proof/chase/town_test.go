package chase

import (
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// A town is a city with counties that owe it a table every working day and a stamped one twice a
// month. It is the smallest world in which something goes out to everybody at every slot.
const town = `
-- units.yaml --
units:
  - {id: city, name: 样市, office: 样市民政局, code: 990100, level: city}
%s-- sample/directive.yaml --
id: sample
title: 样例文件
issuer: city
signed: 2021-03-01
window: {from: 2021-03-01, to: 2021-12-31}
obligations:
  - {id: daily, title: 日报表, label: 日报表, clause: {place: 一, quote: 每日报送}, from: {level: county, under: city}, to: {unit: city},
     forms: [figures], due: {weekly: {days: [mon, tue, wed, thu, fri]}, shift: keep}}
  - {id: table, title: 进度表, label: 进度表, clause: {place: 二, quote: 每月10日、25日前报送}, from: {level: county, under: city}, to: {unit: city},
     forms: [figures], due: {monthly: [10, 25], shift: keep}, stamped: true}
-- sample/forms/figures.yaml --
id: figures
version: 1
kind: table
title: 数据表
columns:
  - {heading: 甲, id: a, type: count}
`

// townOf is the catalogue of a town with n counties.
func townOf(n int) (*scheduler.Catalogue, error) {
	var units strings.Builder
	for i := range n {
		fmt.Fprintf(&units, "  - {id: %s, name: 第%d县, office: 第%d县民政局, code: 99%04d, level: county, parent: city}\n", county(i), i+1, i+1, 121+i)
	}
	files := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(fmt.Sprintf(town, units.String()))).Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	year, err := fs.ReadFile(catalogue.FS, "workdays/2021.yaml")
	if err != nil {
		return nil, err
	}
	next, err := fs.ReadFile(catalogue.FS, "workdays/2022.yaml")
	if err != nil {
		return nil, err
	}
	files["workdays/2021.yaml"], files["workdays/2022.yaml"] = &fstest.MapFile{Data: year}, &fstest.MapFile{Data: next}
	return scheduler.Load(files)
}

func county(i int) string { return fmt.Sprintf("county-%02d", i) }

// townsfolk are a clerk for each county, a B岗 for every other, and the city's reviewer. All are invented.
func townsfolk(n int) []store.Person {
	out := []store.Person{{ID: "reviews", Name: "郑样四", Login: "reviews", Email: "reviews@baosong.example",
		Roles: []store.Role{{Unit: "city", Name: store.Reviewer}}}}
	for i := range n {
		out = append(out, store.Person{ID: county(i), Name: "林样一", Login: county(i), Email: county(i) + "@baosong.example", Phone: fmt.Sprintf("1990000%04d", i),
			Roles: []store.Role{{Unit: county(i), Name: store.Clerk}}})
		if i%2 == 1 {
			id := county(i) + "-b"
			out = append(out, store.Person{ID: id, Name: "陈样二", Login: id, Email: id + "@baosong.example",
				Roles: []store.Role{{Unit: county(i), Name: store.Clerk, Deputy: true}}})
		}
	}
	return out
}

// at is an instant of a wall clock in China: 2021-06-25 08:30.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

package scheduler

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/baosong/baosong/config/catalogue"
)

const (
	madeDirective = `id: qz-20261122-1
title: 冬季取暖救助情况统计
issuer: qz
signed: 2026-11-22
obligations:
  - id: table
    title: 冬季取暖救助情况统计表
    label: 统计表
    clause: {place: 网上布置, quote: 11月22日17:00前报送}
    from: {units: [qz-anxi, qz-dehua]}
    to: {unit: qz}
    forms: [table]
    due: {dates: [2026-11-22], at: "17:00"}
`
	madeForm = `id: table
version: 1
kind: table
title: 冬季取暖救助情况统计表
stub: 单位
columns:
  - {heading: 救助户数, id: households, type: count, unit: 户, required: true}
`
)

func TestLoadMade(t *testing.T) {
	operators, err := Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string][]byte{"qz-20261122-1/directive.yaml": []byte(madeDirective), "qz-20261122-1/forms/table.yaml": []byte(madeForm)}
	c, err := LoadMade(catalogue.FS, nil, made)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Directive("qz-20261122-1")
	if d == nil || d.Form("table") == nil || len(c.Directives) != len(operators.Directives)+1 || c.Version == operators.Version {
		t.Fatalf("directives %v, version %s", c.directiveIDs(), c.Version)
	}
	if none, err := LoadMade(catalogue.FS, nil, nil); err != nil || none.Version != operators.Version {
		t.Errorf("without made files: version %s, want %s (%v)", none.Version, operators.Version, err)
	}

	single := fstest.MapFS{"forms/table.yaml": {Data: []byte(madeForm)},
		"directive.yaml": {Data: []byte(strings.Replace(madeDirective, "qz-20261122-1", "one", 1))}}
	for name, x := range map[string]struct {
		in   fs.FS
		made map[string]string
		says string
	}{
		"the operator's file":      {catalogue.FS, map[string]string{"quanzhou-2021/forms/annex-2.yaml": madeForm}, "another id"},
		"the operator's directive": {catalogue.FS, map[string]string{"quanzhou-2021/forms/more.yaml": madeForm}, "another id"},
		"units":                    {catalogue.FS, map[string]string{"units.yaml": "units: []"}, "neither"},
		"more units":               {catalogue.FS, map[string]string{"units/a.yaml": "units: []"}, "neither"},
		"a baseline":               {catalogue.FS, map[string]string{"x/baselines/a.yaml": "form: a"}, "neither"},
		"outside":                  {catalogue.FS, map[string]string{"x/forms/../../y.yaml": "a: b"}, "neither"},
		"a form without directive": {catalogue.FS, map[string]string{"x/forms/table.yaml": madeForm}, "directive.yaml"},
		"a directive of one":       {single, map[string]string{"x/directive.yaml": madeDirective}, "another id"},
		"what does not load":       {catalogue.FS, map[string]string{"x/directive.yaml": "id: y"}, "title"},
	} {
		files := map[string][]byte{}
		for k, v := range x.made {
			files[k] = []byte(v)
		}
		if _, err := LoadMade(x.in, catalogue.FS, files); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

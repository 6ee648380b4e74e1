package proof

import (
	"bytes"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// Found by the round trip: where a heading stands over one of the same words, the head could be read
// from its second row on, and with the first row went the ids of a ledger's items. Handed in again,
// every item would have been a new one, and the old ones missing.
func TestItemsKeepTheirIDsUnderAHeadingSaidTwice(t *testing.T) {
	leaf := func(id, label string, kind forms.Type) *forms.Heading {
		return &forms.Heading{Label: label, Field: &forms.Field{ID: id, Type: kind}}
	}
	f := &forms.Form{ID: "items", Version: 1, Kind: forms.Ledger, Title: "问题清单", Stub: "序号",
		Ledger: &forms.LedgerRule{Closed: "closed_on", Zero: forms.NothingNew},
		Columns: []*forms.Heading{
			{Label: "问题情况", Children: []*forms.Heading{{Label: "问题情况", Children: []*forms.Heading{leaf("what", "问题", forms.Text), leaf("where", "地区", forms.Text)}}}},
			leaf("closed_on", "销号日期", forms.DateType),
		}}
	f.SetPaths()
	rows := []forms.Row{{"what": "漏保", "where": "甲村", forms.ItemID: "east-20210315-1"}, {"what": "漏救", forms.ItemID: "east-20210315-2"}}
	var file bytes.Buffer
	if err := xlsx.Template(&file, xlsx.TemplateSpec{Form: f, Tag: workbook.Tag{Unit: "东县"}, Sheet: forms.Sheet{Rows: rows}, Made: on("2021-06-15")}); err != nil {
		t.Fatal(err)
	}
	book, err := workbook.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	im, err := workbook.Match(f, book)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if got := im.Sheet.Rows[i][forms.ItemID]; got != r[forms.ItemID] {
			t.Errorf("item %d comes back with id %q, want %q", i+1, got, r[forms.ItemID])
		}
	}
}

package formstest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
)

// DrawSheet draws a filled-in sheet of the form as Parse would store it: canonical values, blank
// cells left out and told apart from 0, totals computed, blank rows between others but none at the
// end, ids on some of a ledger's items. It need not pass the form's checks, and it is no zero
// report.
func DrawSheet(t *rapid.T, f *forms.Form) forms.Sheet {
	n := 1
	if !f.Single() {
		n = rapid.IntRange(0, 5).Draw(t, "rows")
	}
	var s forms.Sheet
	filled := 0
	for i := range n {
		row := forms.Row{}
		for _, x := range f.Fields() {
			if v := drawValue(t, f, x); v != "" {
				row[x.ID] = v
			}
		}
		if n > 1 && rapid.IntRange(0, 9).Draw(t, "blank row") == 9 {
			row = forms.Row{}
		}
		row = f.Compute(row)
		if !row.Blank() {
			filled = i + 1
			if f.Kind == forms.Ledger && rapid.Bool().Draw(t, "known item") {
				row[forms.ItemID] = fmt.Sprintf("item-%d", i)
			}
		}
		s.Rows = append(s.Rows, row)
	}
	if !f.Single() {
		if s.Rows = s.Rows[:filled]; filled == 0 {
			s.Rows = nil
		}
	}
	return s
}

// drawValue draws the canonical text of one cell; "" for a blank one.
func drawValue(t *rapid.T, f *forms.Form, x *forms.Field) string {
	if len(x.Sum) > 0 || rapid.IntRange(0, 3).Draw(t, "blank") == 0 {
		return ""
	}
	v, fault := forms.Normalize(x, drawTyped(t, x))
	if fault != nil {
		if x.MaxLen() == 0 {
			t.Fatalf("%s: a drawn %s is not understood: %s", f.ID, x.Type, fault.En)
		}
		return "" // longer than the field admits
	}
	return v
}

// drawTyped draws what a person might type; texts may be too long for the field.
func drawTyped(t *rapid.T, x *forms.Field) string {
	sample := func(from ...string) string { return rapid.SampledFrom(from).Draw(t, x.ID) }
	switch x.Type {
	case forms.Count:
		return fmt.Sprint(rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 99), rapid.IntRange(0, 1_000_000_000)).Draw(t, x.ID))
	case forms.Decimal, forms.Money:
		n := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-999, 999), rapid.Int64Range(-1_000_000_000, 1_000_000_000)).Draw(t, x.ID)
		return decimal.New(n, int32(-x.Decimals)).String()
	case forms.DateType:
		day := rapid.IntRange(0, 40000).Draw(t, x.ID) // up to 2109
		return time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day).Format(time.DateOnly)
	case forms.Choice:
		return sample(x.Choices...)
	case forms.Name:
		return sample("张样一", "𠮷野样二", "阿卜杜拉·样三", "王\uE863", "葛\U000E0100城", "John Smith", "张**", "李样四、王样五等5人")
	case forms.Phone:
		return sample("13800000000", "0595-22500000", "0595-22500000-801", "12349", "4001234567", "22500000")
	case forms.UnitName:
		return sample("晋江市民政局", "泉州台商投资区教育文体旅游与民生保障局", "浔中镇人民政府", "𠮷样镇")
	case forms.IDNumber:
		return drawIDNumber(t, x)
	case forms.File:
		var refs []forms.FileRef
		for i := range rapid.IntRange(1, 3).Draw(t, x.ID) {
			sum := sha256.Sum256([]byte{byte(i)})
			refs = append(refs, forms.FileRef{Hash: hex.EncodeToString(sum[:]), Name: sample("名单.xlsx", "佐证 1.pdf", "a'b&c.jpg", "𠮷.ofd")})
		}
		return forms.JoinFiles(refs)
	}
	parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(plainTexts), rapid.SampledFrom(oddTexts), rapid.SampledFrom([]string{"0", "007", "1,5", " ", "\n", "\n\n"}),
		rapid.StringOfN(rapid.RuneFrom([]rune("aZ9 <>&\"'=+-@;，。𠮷\U0001F600")), 0, 8, -1)), 1, 5).Draw(t, x.ID)
	return strings.Join(parts, "")
}

// drawIDNumber draws a number that nobody has: there is no place 99.
func drawIDNumber(t *rapid.T, x *forms.Field) string {
	born := time.Date(1940, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 30000).Draw(t, x.ID))
	number := rapid.IntRange(0, 999).Draw(t, "number")
	for _, check := range "0123456789X" {
		n := fmt.Sprintf("990000%s%03d%c", born.Format("20060102"), number, check)
		if _, fault := forms.Normalize(x, n); fault == nil {
			return n
		}
	}
	return ""
}

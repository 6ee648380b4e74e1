package store_test

import (
	"fmt"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var databases = []struct {
	name string
	url  func(testing.TB) string
}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}}

var benchNow = calendar.MustDate("2021-06-08").Start()

// planned makes duties of 晋江市 for one obligation and n periods.
func planned(obligation string, n int) []store.NewDuty {
	ds := make([]store.NewDuty, n)
	for i := range ds {
		date := calendar.MustDate("2021-06-25")
		ds[i] = store.NewDuty{Duty: scheduler.Duty{
			Key:       scheduler.DutyKey{Directive: "quanzhou-2021", Obligation: obligation, Period: fmt.Sprintf("p%06d", i), Unit: "qz-jinjiang"},
			Catalogue: "c0ffee", UnitName: "晋江市", Period: scheduler.Period{Label: "2021年6月25日期"}, Opens: benchNow,
			Due: date.At(calendar.EndOfDay), DueDate: date, DueTime: calendar.EndOfDay, Forms: []string{"annex-2"}, Stamped: true,
		}, Labels: store.Labels{Title: "特殊困难群体排查成效进度表", Label: "附件2", DirectiveNumber: "泉民保〔2021〕3号"}, To: "qz"}
	}
	return ds
}

func populated(b *testing.B, url string) *store.Store {
	s := storetest.Open(b, url)
	if err := s.PutUnits(b.Context(), storetest.Units()); err != nil {
		b.Fatal(err)
	}
	for _, p := range storetest.People() {
		if err := s.PutPerson(b.Context(), p, ""); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkSubmit sends one return of 43 figures a transaction, one client.
func BenchmarkSubmit(b *testing.B) {
	row := forms.Row{}
	for i := range 43 {
		row[fmt.Sprintf("a%02d_found", i)] = fmt.Sprint(3019 + i)
	}
	content := forms.Content{"annex-2": {Rows: []forms.Row{row}}}
	for _, db := range databases {
		b.Run(db.name, func(b *testing.B) {
			s := populated(b, db.url(b))
			const made = 20_000
			if _, err := s.InsertDuties(b.Context(), planned("o", made), benchNow); err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				id := fmt.Sprintf("quanzhou-2021/o/p%06d/qz-jinjiang", i%made)
				v := store.Viewer{Person: "lin"}
				if i >= made {
					b.Fatal("more submissions than duties: raise made")
				}
				if _, err := s.Submit(b.Context(), v, store.Submission{Duty: id, Content: content, UUID: id}, benchNow); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
		})
	}
}

// BenchmarkTasks lists a clerk's duties out of many.
func BenchmarkTasks(b *testing.B) {
	for _, db := range databases {
		b.Run(db.name, func(b *testing.B) {
			s := populated(b, db.url(b))
			if _, err := s.InsertDuties(b.Context(), planned("o", 100_000), benchNow); err != nil {
				b.Fatal(err)
			}
			mine := planned("mine", 20)
			for i := range mine {
				mine[i].Key.Unit = "qz-nanan"
			}
			if _, err := s.InsertDuties(b.Context(), mine, benchNow); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				ts, err := s.Tasks(b.Context(), store.Viewer{Person: "wu"}, store.Filter{}, benchNow)
				if err != nil || len(ts) != 20 {
					b.Fatal(len(ts), err)
				}
			}
		})
	}
}

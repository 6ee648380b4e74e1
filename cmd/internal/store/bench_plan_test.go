package store_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// A country's year: every township of 40,000 owes a return a month.
const (
	townships = 40_000
	months    = 12
)

func country() []*scheduler.Unit {
	units := []*scheduler.Unit{{ID: "qz", Name: "泉州市", Office: "泉州市民政局", Code: "350500", Level: scheduler.City}}
	for i := range townships {
		units = append(units, &scheduler.Unit{ID: fmt.Sprintf("qz-t%05d", i), Name: fmt.Sprintf("第%05d镇", i), Office: "民政办", Level: scheduler.Township, Parent: "qz"})
	}
	return units
}

// year lists the duties as Plan does: by due date, then by unit.
func year(units []*scheduler.Unit) []store.NewDuty {
	ds := make([]store.NewDuty, 0, townships*months)
	for m := range months {
		date := calendar.MustDate(fmt.Sprintf("2021-%02d-25", m+1))
		for i, u := range units[1:] {
			ds = append(ds, store.NewDuty{Duty: scheduler.Duty{
				Key:       scheduler.DutyKey{Directive: "quanzhou-2021", Obligation: "progress", Period: date.String(), Unit: u.ID},
				Catalogue: strings.Repeat("c0ffee00", 8), UnitName: u.Name, Period: scheduler.Period{ID: date.String(), Label: date.Chinese() + "期"},
				Opens: benchNow, Due: date.At(calendar.EndOfDay), DueDate: date, DueTime: calendar.EndOfDay, Forms: []string{"annex-2"}, Stamped: true,
			}, Labels: store.Labels{Title: "特殊困难群体排查成效进度表", Label: "附件2", DirectiveNumber: "泉民保〔2021〕3号"}, To: "qz", Order: i})
		}
	}
	return ds
}

// BenchmarkPlanCountry plans 480,000 duties and plans them again with nothing to do, beside a
// bare INSERT … SELECT of the same rows into a table with the same columns and indexes.
// "of-bare" is our rate over the bare one (higher is better), "again" the time of the second
// run over that of the first (lower is better).
func BenchmarkPlanCountry(b *testing.B) {
	units := country()
	for _, db := range databases {
		b.Run(db.name, func(b *testing.B) {
			var ours, bare, again time.Duration
			for b.Loop() {
				b.StopTimer()
				url := db.url(b)
				s := storetest.Open(b, url)
				if err := s.PutUnits(b.Context(), units); err != nil {
					b.Fatal(err)
				}
				ds := year(units)
				b.StartTimer()
				ours += timed(b, func() error { return planned480k(s, b, ds, len(ds)) })
				b.StopTimer()
				again += timed(b, func() error { return planned480k(s, b, ds, 0) })
				bare += bareInsert(b, url, len(ds))
				b.StartTimer()
			}
			b.ReportMetric(float64(townships*months)*float64(b.N)/ours.Seconds(), "duties/s")
			b.ReportMetric(float64(townships*months)*float64(b.N)/bare.Seconds(), "bare-duties/s")
			b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare")
			b.ReportMetric(again.Seconds()/ours.Seconds(), "again")
		})
	}
}

func planned480k(s *store.Store, b *testing.B, ds []store.NewDuty, want int) error {
	n, err := s.InsertDuties(b.Context(), ds, benchNow)
	if err == nil && n != want {
		err = fmt.Errorf("planned %d duties, want %d", n, want)
	}
	return err
}

func timed(b *testing.B, f func() error) time.Duration {
	b.Helper()
	start := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// bareInsert copies the duties into a table that has the columns, checks and indexes of duty.
func bareInsert(b *testing.B, url string, n int) time.Duration {
	driver, dsn := "postgres", url
	prepare := []string{`CREATE TABLE bare (LIKE duty INCLUDING ALL)`}
	if path, file := strings.CutPrefix(url, "sqlite:"); file {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
		prepare = nil
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if driver == "sqlite" { // it keeps the text of its schema, and that can be said again
		rows, err := db.Query(`SELECT sql FROM sqlite_master WHERE tbl_name = 'duty' AND sql IS NOT NULL ORDER BY type DESC`)
		if err != nil {
			b.Fatal(err)
		}
		again := strings.NewReplacer(`TABLE duty`, `TABLE bare`, `INDEX duty`, `INDEX bare`, ` ON duty`, ` ON bare`, `TABLE "duty"`, `TABLE bare`)
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				b.Fatal(err)
			}
			prepare = append(prepare, again.Replace(text))
		}
		if err := rows.Err(); err != nil {
			b.Fatal(err)
		}
	}
	for _, text := range prepare {
		if _, err := db.Exec(text); err != nil {
			b.Fatal(text, err)
		}
	}
	return timed(b, func() error {
		// The WHERE keeps SQLite from copying whole index pages, as it does between twins.
		res, err := db.Exec(`INSERT INTO bare SELECT * FROM duty WHERE due > 0`)
		if err != nil {
			return err
		}
		if got, err := res.RowsAffected(); err != nil || got != int64(n) {
			return fmt.Errorf("copied %d rows, want %d: %w", got, n, err)
		}
		return nil
	})
}

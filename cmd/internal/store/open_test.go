package store

import (
	"net/url"
	"testing"
)

func TestPostgresDSN(t *testing.T) {
	for _, c := range []struct{ raw, ssl, timeout string }{
		{"postgres://u:p@db.qz.example/baosong", "verify-full", "60000"},
		{"postgresql://u@10.0.0.7:5433/baosong", "verify-full", "60000"},
		{"postgres://u@localhost/baosong", "prefer", "60000"},
		{"postgres://u@127.0.0.1/baosong", "prefer", "60000"},
		{"postgres://u@[::1]/baosong", "prefer", "60000"},
		{"postgres:///baosong?host=/run/postgresql", "prefer", "60000"},
		{"postgres:///baosong?host=db.qz.example", "verify-full", "60000"},
		{"postgres://u@db.qz.example/baosong?sslmode=require&statement_timeout=5000", "require", "5000"},
	} {
		dsn, err := postgresDSN(c.raw)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Get("sslmode") != c.ssl || q.Get("statement_timeout") != c.timeout || q.Get("idle_in_transaction_session_timeout") == "" {
			t.Errorf("%s became %s", c.raw, dsn)
		}
	}
}

func TestReceiptsOfOddIdsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, unit := range []string{"a-b", "ab", "a_b", "AB"} {
		d := standing{Directive: "d", Obligation: "o", Period: "2021-06-25", Unit: unit}
		seen[receipt(d.key(), 1, "hash")] = true
	}
	seen[receipt(standing{Directive: "d", Obligation: "o", Period: "2021-06-25", Unit: "ab"}.key(), 1, "other content")] = true
	if len(seen) != 5 {
		t.Errorf("receipts meet: %v", seen)
	}
}

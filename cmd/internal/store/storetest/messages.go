package storetest

import (
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
)

// Messages that people bring about.
var messages = []example{
	{"a message made twice is one", func(w *world) {
		m := store.NewMessage{Kind: notify.KindCheck, Person: lin.Person, Channel: notify.Email, Slot: at("2021-06-07 10:00"), Note: "请确认您能收到本邮件。", About: "check-1"}
		for range 2 {
			if err := w.s.PutMessage(w.ctx, m, at("2021-06-07 10:00")); err != nil {
				w.Fatal(err)
			}
		}
		other := m
		other.About = "check-2"
		if err := w.s.PutMessage(w.ctx, other, at("2021-06-07 10:00")); err != nil {
			w.Fatal(err)
		}
		all, err := w.s.Messages(w.ctx)
		if err != nil || len(all) != 2 {
			w.Fatalf("%d messages, %v", len(all), err)
		}
		for _, x := range all {
			if x.Address != "lin@jinjiang.example" || x.State != notify.Planned {
				w.Errorf("%+v", x)
			}
		}
	}},
}

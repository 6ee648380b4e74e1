package notify_test

import (
	"fmt"
	"testing"

	"github.com/baosong/baosong/notify"
)

// BenchmarkCompose renders what a morning consists of: a clerk's digest of four duties, a reviewer's
// with twelve missing units, and both other channels.
func BenchmarkCompose(b *testing.B) {
	level := samples()["reviewer"]
	level.Items = nil
	for i := range 12 {
		unit := fmt.Sprintf("样%d县", i+1)
		level.Items = append(level.Items, late(about(notify.AboutMissing, progress(), unit, fmt.Sprint(i)), 1, "林样一 199 0000 0001", "6月26日9时电话，答复：下午报"))
	}
	text, event := digest(), digest()
	text.Channel, text.Address = notify.SMS, "19900000001"
	event.Channel, event.Address = notify.Webhook, "lin1"
	for _, c := range []struct {
		name string
		d    notify.Draft
	}{{"clerk", digest()}, {"reviewer", level}, {"letter", samples()["letter"]}, {"sms", text}, {"webhook", event}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := composer.Compose(c.d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

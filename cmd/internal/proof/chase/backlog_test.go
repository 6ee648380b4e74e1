package chase

import (
	"runtime"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
)

// A crowd waits when a daemon comes back after a morning: everybody gets one message within an hour and
// a half, in a memory that does not grow with the crowd.
func TestABacklogOfACrowd(t *testing.T) {
	counties := testneed.Soak(150, 5000)
	p := newPost(t)
	set := p.of(storetest.SQLite(t), counties, "2021-03-10 00:00")
	set.Lanes = 4
	d := begin(t, set, hooks{})
	p.now = d.Clock.Now
	d.Clock.Set(at("2021-03-10 12:29"))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	d.runs(t, "2021-03-10 14:59")
	took := time.Since(began)
	backlog := p.entries()
	runtime.GC()
	runtime.ReadMemStats(&after)
	oneEach(t, backlog, at("2021-03-10 12:29"))
	if want := perSlot(counties) - 1; len(backlog) != want { // the reviewer has nothing to hear of yet
		t.Errorf("%d messages for %d addresses", len(backlog), want)
	}
	bytes := 0
	for _, e := range backlog { // the post keeps what it got: that is the test's, not the daemon's
		bytes += len(e.raw)
	}
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc) - int64(bytes)
	if grown > 64<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
	hold(t, d.store, backlog).none(t)
	mails := 0
	for _, e := range backlog {
		if e.channel == notify.Email {
			mails++
		}
	}
	t.Logf("%d messages (%d mails) from %s to %s in %s of wall time, heap grown by %d KiB", len(backlog), mails, clockOf(backlog[0].at), clockOf(backlog[len(backlog)-1].at),
		took.Round(time.Millisecond), grown>>10)
}

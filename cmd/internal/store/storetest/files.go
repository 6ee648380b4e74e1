package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing/iotest"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

const (
	mib   = 1 << 20
	piece = 256 << 10 // as the store cuts files
)

// noise is n bytes that no database could take for text.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{7})
	_, _ = r.Read(b)
	return b
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (w *world) attach(v store.Viewer, duty, name string, content []byte) store.FileInfo {
	w.Helper()
	f, err := w.s.PutFile(w.ctx, v, duty, name, "application/pdf", bytes.NewReader(content), mib, at("2021-06-20 10:00"))
	w.ok(err)
	return f
}

// content opens a file and reads it to its end.
func (w *world) content(v store.Viewer, duty, hash string) []byte {
	w.Helper()
	_, r, err := w.s.OpenFile(w.ctx, v, duty, hash)
	w.ok(err)
	b, err := io.ReadAll(r)
	w.ok(err)
	w.ok(r.Close())
	return b
}

var files = []example{
	{"a file comes back byte for byte, whatever its size", func(w *world) {
		for _, n := range []int{0, 1, piece - 1, piece, piece + 1, 2 * piece, 3*piece + 17} {
			want := noise(n)
			f, err := w.s.PutFile(w.ctx, lin, progressJinjiang, "佐证 <1>.pdf", "application/pdf", iotest.HalfReader(bytes.NewReader(want)), mib, at("2021-06-20 10:00"))
			w.ok(err)
			w.eq(f, store.FileInfo{Duty: progressJinjiang, Hash: hashOf(want), Name: "佐证 <1>.pdf", Media: "application/pdf", Size: int64(n), At: at("2021-06-20 10:00"), By: "lin"}, "file")
			info, r, err := w.s.OpenFile(w.ctx, lin, progressJinjiang, f.Hash)
			w.ok(err)
			w.eq(info, f, "as opened")
			w.ok(iotest.TestReader(r, want))
			w.ok(r.Close())
			if _, err := r.Read(make([]byte, 1)); err != io.EOF {
				w.Errorf("read after close: %v", err)
			}
		}
		all, err := w.s.Files(w.ctx, zheng, progressJinjiang)
		w.ok(err)
		w.eq(len(all), 7, "files of the duty, as the bureau sees them")
	}},
	{"a file too large leaves nothing behind", func(w *world) {
		w.Setenv("TMPDIR", w.TempDir())
		for _, n := range []int{1001, piece, piece + 1, 3 * piece} {
			limit := int64(min(n-1, 2*piece))
			_, err := w.s.PutFile(w.ctx, lin, progressJinjiang, "a.pdf", "application/pdf", bytes.NewReader(noise(n)), limit, at("2021-06-20 10:00"))
			w.is(err, store.ErrTooLarge, "too large")
		}
		broken := io.MultiReader(bytes.NewReader(noise(2*piece)), iotest.ErrReader(errors.New("connection reset")))
		_, err := w.s.PutFile(w.ctx, lin, progressJinjiang, "a.pdf", "application/pdf", broken, mib, at("2021-06-20 10:00"))
		if err == nil || !strings.Contains(err.Error(), "connection reset") {
			w.Errorf("broken off: %v", err)
		}
		all, err := w.s.Files(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(all), 0, "files")
		_, _, err = w.s.OpenFile(w.ctx, lin, progressJinjiang, hashOf(noise(3*piece)))
		w.is(err, store.ErrNotFound, "of the content")
		w.attach(lin, progressJinjiang, "b.pdf", noise(2*piece))
		left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
		w.ok(err)
		w.eq(len(left), 0, "temporary files")
		_, err = w.s.PutFile(w.ctx, lin, progressJinjiang, "c.pdf", "application/pdf", bytes.NewReader(noise(1000)), 1000, at("2021-06-20 10:00"))
		w.ok(err) // the limit itself is not too large
	}},
	{"the same content is one file, under the name it came with first", func(w *world) {
		first := w.attach(lin, progressJinjiang, "a.pdf", noise(piece+5))
		again, err := w.s.PutFile(w.ctx, chen, progressJinjiang, "b.pdf", "application/x-other", bytes.NewReader(noise(piece+5)), mib, at("2021-06-21 10:00"))
		w.ok(err)
		w.eq(again, first, "put to the same duty")
		elsewhere := w.attach(wu, progressNanan, "c.pdf", noise(piece+5))
		w.eq([]string{elsewhere.Hash, elsewhere.Name, elsewhere.By}, []string{first.Hash, "c.pdf", "wu"}, "put to another")
		w.eq(bytes.Equal(w.content(wu, progressNanan, first.Hash), noise(piece+5)), true, "content")
	}},
	{"a file is seen with its duty, by those who see the duty", func(w *world) {
		f := w.attach(lin, progressJinjiang, "a.pdf", noise(10))
		w.attach(lin, cluesJinjiang, "other.pdf", noise(11))
		for _, who := range []store.Viewer{lin, chen, zheng} {
			w.eq(w.content(who, progressJinjiang, f.Hash), noise(10), who.Person)
		}
		for _, who := range []store.Viewer{wu, huang, yang, xu, nobody} {
			_, err := w.s.Files(w.ctx, who, progressJinjiang)
			w.is(err, store.ErrNotFound, who.Person+" lists")
			_, _, err = w.s.OpenFile(w.ctx, who, progressJinjiang, f.Hash)
			w.is(err, store.ErrNotFound, who.Person+" opens")
		}
		_, _, err := w.s.OpenFile(w.ctx, wu, progressNanan, f.Hash)
		w.is(err, store.ErrNotFound, "by its hash, under a duty of one's own")
		_, _, err = w.s.OpenFile(w.ctx, lin, cluesJinjiang, f.Hash)
		w.is(err, store.ErrNotFound, "under another duty")
		all, err := w.s.Files(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(all, []store.FileInfo{f}, "files of the duty")
	}},
	{"files are put by clerks while the duty is open", func(w *world) {
		read := &counting{Reader: bytes.NewReader(noise(10))}
		put := func(v store.Viewer, duty, name, when string) error {
			_, err := w.s.PutFile(w.ctx, v, duty, name, "application/pdf", read, mib, at(when))
			return err
		}
		for _, who := range []store.Viewer{wu, zheng, huang, yang, xu, nobody} {
			w.is(put(who, progressJinjiang, "a.pdf", "2021-06-20 10:00"), store.ErrNotFound, who.Person)
		}
		w.is(put(lin, "quanzhou-2021/progress/2021-06-25/qz-absent", "a.pdf", "2021-06-20 10:00"), store.ErrNotFound, "no duty")
		w.is(put(lin, w.series("qz-jinjiang", "monthly", []string{"m"}, months...)[1], "a.pdf", "2021-05-31 23:59"), scheduler.ErrNotNow, "before it opens")
		w.is(put(lin, progressJinjiang, strings.Repeat("长", 256), "2021-06-20 10:00"), store.ErrTooLong, "a long name")
		if put(lin, progressJinjiang, "\n", "2021-06-20 10:00") == nil {
			w.Error("a file without a name was put")
		}
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00")
		w.is(put(lin, progressJinjiang, "a.pdf", "2021-06-20 11:00"), scheduler.ErrNotNow, "submitted")
		_, err := w.s.TakeOffline(w.ctx, reviewerZheng, cluesJinjiang, "涉密", at("2021-06-20 11:00"))
		w.ok(err)
		w.is(put(lin, cluesJinjiang, "a.pdf", "2021-06-20 12:00"), store.ErrOffline, "on paper")
		w.eq(read.n, 0, "bytes read of what is refused")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请补充佐证", "2021-06-21 10:00")
		w.ok(put(lin, progressJinjiang, "a.pdf", "2021-06-21 11:00"))
	}},
	{"a return that comes in while a file is on its way shuts it out", func(w *world) {
		slow := io.MultiReader(bytes.NewReader(noise(10)), &onEnd{do: func() { w.submit(chen, progressJinjiang, "1", "2021-06-20 10:00") }})
		_, err := w.s.PutFile(w.ctx, lin, progressJinjiang, "a.pdf", "application/pdf", slow, mib, at("2021-06-20 10:00"))
		w.is(err, scheduler.ErrNotNow, "submitted meanwhile")
		all, err := w.s.Files(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(all), 0, "files")
	}},
	{"a slow reader holds nothing up", func(w *world) {
		f := w.attach(lin, progressJinjiang, "a.pdf", noise(3*piece))
		_, r, err := w.s.OpenFile(w.ctx, lin, progressJinjiang, f.Hash)
		w.ok(err)
		got := make([]byte, piece+1)
		_, err = io.ReadFull(r, got)
		w.ok(err)
		w.submit(lin, progressJinjiang, "1", "2021-06-20 10:00") // on SQLite there is one writer
		rest, err := io.ReadAll(r)
		w.ok(err)
		w.eq(bytes.Equal(append(got, rest...), noise(3*piece)), true, "content")
		ctx, cancel := context.WithCancel(w.ctx)
		_, r, err = w.s.OpenFile(ctx, lin, progressJinjiang, f.Hash)
		w.ok(err)
		cancel()
		if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
			w.Errorf("read on after the reader went away: %v", err)
		}
	}},
	{"the same content eight times at once is one file", func(w *world) {
		want := noise(3*piece + 1)
		errs := together(8, func(i int) error {
			v, duty := lin, progressJinjiang
			if i%2 == 1 {
				v, duty = wu, progressNanan
			}
			_, err := w.s.PutFile(w.ctx, v, duty, "a.pdf", "application/pdf", bytes.NewReader(want), mib, at("2021-06-20 10:00"))
			return err
		})
		w.ok(errors.Join(errs...))
		w.eq(bytes.Equal(w.content(lin, progressJinjiang, hashOf(want)), want), true, "one duty's")
		w.eq(bytes.Equal(w.content(wu, progressNanan, hashOf(want)), want), true, "the other's")
	}},
}

// counting counts what was read.
type counting struct {
	io.Reader
	n int
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

// onEnd does something before it ends.
type onEnd struct{ do func() }

func (l *onEnd) Read([]byte) (int, error) {
	if l.do != nil {
		l.do()
		l.do = nil
	}
	return 0, io.EOF
}

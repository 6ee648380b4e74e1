package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/baosong/baosong/cmd/internal/store"
)

// receiptPath is where a carrier reports what became of messages it took. It has no session: the
// key in the address (?key=…) is all a carrier can show, and each carrier's reader checks it.
const receiptPath = "/receipt/{carrier}"

// maxReceipts bounds one report in bytes: some hundred receipts.
const maxReceipts = 1 << 20

// takeReceipts takes a carrier's report. Some report by POST, some by GET: a report changes no more than
// what it says became of a message, may come twice, and cannot be made without the key. What the carrier
// wants to hear is answered only once the report is stored; otherwise it comes again. Whoever calls
// without the key is not kept waiting: it is too long to be guessed, and carriers call in crowds.
func (v *visit) takeReceipts() error {
	carrier := v.r.PathValue("carrier")
	listener := v.Listeners[carrier]
	if listener == nil {
		return store.ErrNotFound
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, maxReceipts))
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return errTooLarge
		}
		return errBadForm
	}
	receipts, answer, err := listener.Listen(v.r.URL.Query(), body)
	if err != nil { // it repeats no secret
		v.Logger.Warn("a report of receipts was not taken", "request", v.id, "carrier", carrier, "error", err)
		return store.ErrNotFound
	}
	for i := range receipts {
		receipts[i].Carrier = carrier // what we call it
		if receipts[i].At.IsZero() {  // not every carrier says when
			receipts[i].At = v.now
		}
	}
	if err := v.Store.TakeReceipts(v.ctx(), receipts, v.now); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.wrote = true
	_, err = v.w.Write(answer)
	return err
}

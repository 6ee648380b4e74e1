// Package notify carries reminders (提醒) to people: it composes one digest per person,
// channel and slot, and hands messages over exactly as recorded.
//
// Its one rule: the ledger is written before the wire. A message is claimed with a token,
// its rendered bytes and the attempt are committed, only then is a socket written, and the
// outcome is recorded under the same token. No transaction is open across SMTP or HTTP.
// What follows is the promise: one ledger row per reminder; none lost in any crash; a
// second hand-over only if the answer was lost, byte-identical, same Message-ID, flagged.
//
// It does not decide who is reminded (package scheduler does) and does not know the
// database (the store implements Outbox). The senders below it do the network I/O.
package notify

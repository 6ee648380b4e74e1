// Package chase holds the proofs of the chase: what is lost, doubled, early or late when processes are
// killed, stopped or many, when relays and databases fail, and when nothing goes out for days. There is
// nothing else in it.
//
// Its one rule: the receiving servers are the truth. Mail and text messages leave the house by SMTP and
// HTTP, the servers at the other end keep books of their own outside the process under test, and a
// reminder counts as handed over when it stands in those books, whatever the ledger says.
//
// The counts are those of a change; with BAOSONG_SOAK set, those of a release.
package chase

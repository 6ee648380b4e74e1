package store

import (
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/stamp"
)

// Basis is what a return stands on, so that it can be shown and checked later as it was then.
type Basis struct {
	Forms     map[string]int `json:"forms,omitempty"`     // version by form id
	Baselines map[string]int `json:"baselines,omitempty"` // version by form id; 0: the catalogue's own
	Edition   string         `json:"edition,omitempty"`   // id of the edition it was made from
}

// BaselineVersion (底数) is figures handed down at one time, for all units concerned.
type BaselineVersion struct {
	Directive, Form string
	N               int    // from 1; 0 is the catalogue's own and in no table
	To              string // the bureau that hands down
	Source, Note    string // name of the file, what the importer said
	At              time.Time
	By, ByName      string
	Rows            map[string]map[string]string // unit → field → canonical figure
}

// SectionState is what is known of one section's (科室) part of a draft.
type SectionState struct {
	Section string
	Seq     int  // of the draft, when the section's columns were saved last, alone or with the whole
	Done    bool // the section says its part is complete
	SavedAt time.Time
	ByName  string
}

// FileInfo is a stored file (附件) as put to a duty.
type FileInfo struct {
	Duty  string
	Hash  string // hex SHA-256 of the content
	Name  string // safe to show and to send in a header
	Media string // by content
	Size  int64  // bytes
	At    time.Time
	By    string
}

// Scan is an uploaded picture of a stamped return (盖章件).
type Scan struct {
	Duty       string
	Version    int // of the return it shows
	N          int
	Hash, Name string
	Media      string
	Size       int64
	Pages      []stamp.Code // read from it; empty if the clerk said which version it is
	Matched    string       // MatchedByCode or MatchedByClerk
	At         time.Time
	By, ByName string
	Void       bool // the version is not in force: withdrawn, sent back, or sent again since
}

// How a scan was matched with the version it shows.
const (
	MatchedByCode  = "code"  // the code printed on it was read
	MatchedByClerk = "clerk" // whoever uploaded it said so on screen
)

// WaiverRow is a waiver as recorded, with its life.
type WaiverRow struct {
	ID                            string
	Directive, Obligation, Period string
	Unit                          string
	forms.Waiver                  // By is the name as printed
	At                            time.Time
	ByPerson                      string
	RevokedAt                     time.Time // zero while it is in force
	RevokedBy, RevokedWhy         string
}

// AdjustmentRow is an adjustment as recorded, with its life.
type AdjustmentRow struct {
	ID                            string
	Roll                          Roll
	To                            string // the compiling unit
	Unit, Kind, Field, From, Into string
	Reason                        string
	At                            time.Time
	ByPerson, ByName              string
	RevokedAt                     time.Time
	RevokedBy, RevokedWhy         string
}

// MadeFile is one file of a directive made in the browser.
type MadeFile struct {
	Directive, Path, Content string
	N                        int
	To                       string
	At                       time.Time
	By                       string
}

// Background is what a unit sent before and beside a duty, for the checks of it.
type Background struct {
	// Last is the unit's return to the same obligation for the latest earlier period whose
	// return was accepted (or closed); nil if there is none.
	Last forms.Content
	// Items are, by form id, the sheets of the latest earlier return under the same directive
	// that is in and whose sheet of that form is no zero report: where a ledger's items stand. An
	// item that only an earlier one has, because it was sent or corrected after that, is added, as
	// are those of a unit that is no more and whose place this one took.
	Items forms.Content
	// ItemForms are the versions of the form with which the rows of Items were sent, by form id and
	// item id; those of rows without an id under "". 0 where it is not known.
	ItemForms map[string]map[string]int
	// Others are the sheets of the unit's other forms under the same directive, each from the
	// return for the latest period not after this one that is in.
	Others forms.Content
}

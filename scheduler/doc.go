// Package scheduler holds the calendar of reporting obligations (报送事项) and decides
// what follows from it: which unit owes what by when (Plan), and who is to be reminded
// at an instant, with the reason (Chase).
//
// Its one rule: decisions are pure and dated. Load reads a catalogue from an fs.FS once;
// after that everything is a function of the catalogue, facts handed in, and an instant.
// Planning is level-triggered: it yields the whole set of duties that ought to exist, so
// inserting what is missing is idempotent and a daemon that was down for a second or a
// year ends with the same set.
//
// It knows no database, sends nothing, renders nothing and never reads the clock.
package scheduler

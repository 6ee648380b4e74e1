package app

import (
	"bufio"
	"encoding/json"
	"io"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// DutyLine is a duty as `plan` and `simulate` write it, one JSON object a line. Opens and Due
// are RFC 3339 in Asia/Shanghai; Due is the first instant too late, DueDate and DueTime what
// people read (6月25日24:00).
type DutyLine struct {
	Directive  string             `json:"directive"`
	Obligation string             `json:"obligation"`
	Unit       string             `json:"unit"`
	UnitName   string             `json:"unit_name"`
	Period     string             `json:"period"`
	Opens      string             `json:"opens"`
	Due        string             `json:"due"`
	DueDate    calendar.Date      `json:"due_date"`
	DueTime    calendar.TimeOfDay `json:"due_time"`
	Forms      []string           `json:"forms"`
	Zero       bool               `json:"zero"`
	Stamped    bool               `json:"stamped"`
	State      scheduler.State    `json:"state"`
}

// NewDutyLine writes d down; a duty that is only planned has the state not_open.
func NewDutyLine(d scheduler.Duty, s scheduler.State) DutyLine {
	return DutyLine{d.Key.Directive, d.Key.Obligation, d.Key.Unit, d.UnitName, d.Period.ID,
		stamp(d.Opens), stamp(d.Due), d.DueDate, d.DueTime, d.Forms, d.Zero, d.Stamped, s}
}

// ReminderLine is a ledger row as `simulate` writes it.
type ReminderLine struct {
	Key       string `json:"key"`
	Duty      string `json:"duty"`
	Rung      string `json:"rung"`
	Person    string `json:"person"`
	Unit      string `json:"unit"`
	Channel   string `json:"channel"`
	Message   string `json:"message"`
	State     string `json:"state"`
	Reason    string `json:"reason"`
	PlannedAt string `json:"planned_at"`
}

// NewReminderLine writes r down.
func NewReminderLine(r store.Reminder) ReminderLine {
	return ReminderLine{r.Key(), r.Duty, r.Rung, r.Person, r.Unit, string(r.Channel), r.Message, string(r.State), r.Reason, stamp(r.PlannedAt)}
}

// MessageLine is a message as `simulate` writes it. Attempts and Duplicate are what a crash
// may change; everything else is the same in every run.
type MessageLine struct {
	ID         string   `json:"id"`
	Channel    string   `json:"channel"`
	To         string   `json:"to"`
	Subject    string   `json:"subject"`
	Reminders  []string `json:"reminders"`
	State      string   `json:"state"`
	HandedOver string   `json:"handed_over_at"`
	MessageID  string   `json:"message_id"`
	Attempts   int      `json:"attempts"`
	Duplicate  bool     `json:"possible_duplicate"`
}

// NewMessageLine writes m down.
func NewMessageLine(m store.Message) MessageLine {
	return MessageLine{m.ID, string(m.Channel), m.Address, m.Subject, m.Keys, string(m.State), stamp(m.HandedOver), m.MessageID, m.Attempts, m.Duplicate}
}

// stamp writes an instant as RFC 3339 in Asia/Shanghai, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(calendar.Zone).Format(time.RFC3339Nano)
}

// WriteLines writes values as JSON lines.
func WriteLines[T any](w io.Writer, values []T) error {
	b := bufio.NewWriter(w)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return b.Flush()
}

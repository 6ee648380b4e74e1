package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Summary is what a campaign came to.
type Summary struct {
	Duties, In, Late, Zero, Missing int
	Reminders, Mails, SMS, Parts    int // Parts: as which the text messages are charged
	Editions                        int
}

// Write writes the campaign's files into dir: duties.jsonl (every duty that was open at some
// time in the window), reminders.jsonl, messages.jsonl, chase.txt (who was told what, when), and editions/ with the data, the PDF
// and the workbook of each edition. Two runs of the same campaign write identical files.
func (c *Campaign) Write(ctx context.Context, dir string, window calendar.Span) (Summary, error) {
	var sum Summary
	now := c.Clock.Now()
	tasks, err := c.Store.AllTasks(ctx, store.Filter{}, now)
	if err != nil {
		return sum, err
	}
	var duties []app.DutyLine
	for _, t := range tasks {
		if t.DueDate.Before(window.From) || !t.Opens.Before(window.To.AddDays(1).Start()) {
			continue
		}
		duties = append(duties, app.NewDutyLine(t.Duty, t.State))
		sum.count(t)
	}
	reminders, err := c.Store.Reminders(ctx)
	if err != nil {
		return sum, err
	}
	reminderLines := make([]app.ReminderLine, len(reminders))
	for i, r := range reminders {
		reminderLines[i] = app.NewReminderLine(r)
	}
	messages, err := c.Store.Messages(ctx)
	if err != nil {
		return sum, err
	}
	messageLines := make([]app.MessageLine, len(messages))
	for i, m := range messages {
		messageLines[i] = app.NewMessageLine(m)
		if m.Channel == "email" {
			sum.Mails++
		} else {
			sum.SMS++
			sum.Parts += m.Parts
		}
	}
	sum.Reminders = len(reminders)
	if err := os.MkdirAll(filepath.Join(dir, "editions"), 0o755); err != nil {
		return sum, err
	}
	for name, write := range map[string]func(io.Writer) error{
		"duties.jsonl":    func(w io.Writer) error { return app.WriteLines(w, duties) },
		"reminders.jsonl": func(w io.Writer) error { return app.WriteLines(w, reminderLines) },
		"messages.jsonl":  func(w io.Writer) error { return app.WriteLines(w, messageLines) },
		"chase.txt":       c.chaseList(messages, reminders, tasks),
	} {
		if err := writeFile(filepath.Join(dir, name), write); err != nil {
			return sum, err
		}
	}
	sum.Editions, err = c.writeEditions(ctx, filepath.Join(dir, "editions"))
	return sum, err
}

func (s *Summary) count(t store.Task) {
	s.Duties++
	if t.State.In() {
		s.In++
		if t.Late {
			s.Late++
		}
		if t.ZeroSent {
			s.Zero++
		}
	} else {
		s.Missing++
	}
}

// writeEditions writes every edition as .json, .pdf and .xlsx.
func (c *Campaign) writeEditions(ctx context.Context, dir string) (int, error) {
	n := 0
	for _, u := range c.Desk.Catalogue.Units {
		reviewer, ok := c.Cast.Reviewer(u.ID)
		if !ok {
			continue
		}
		editions, err := c.Store.Editions(ctx, store.Viewer{Person: reviewer.ID}, store.Roll{})
		if err != nil {
			return n, err
		}
		for _, e := range editions {
			if err := c.writeEdition(ctx, dir, e); err != nil {
				return n, fmt.Errorf("edition %s: %w", e.ID, err)
			}
			n++
		}
	}
	return n, nil
}

func (c *Campaign) writeEdition(ctx context.Context, dir string, e store.Edition) error {
	base := filepath.Join(dir, strings.ReplaceAll(e.ID, "/", "_"))
	data, err := rollup.Canonical(e.Table)
	if err != nil {
		return err
	}
	if err := writeFile(base+".json", func(w io.Writer) error { _, err := w.Write(append(bytes.Clone(data), '\n')); return err }); err != nil {
		return err
	}
	doc, err := c.Desk.EditionDocument(ctx, e)
	if err != nil {
		return err
	}
	for _, f := range app.Formats(nil) {
		if err := writeFile(base+"."+f.Ext, func(w io.Writer) error { return f.Encode(w, doc) }); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file whole or not at all: a reader never sees half of it. What a killed
// run left half written has the same name again and is written over.
func writeFile(path string, write func(io.Writer) error) (err error) {
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, path)
}

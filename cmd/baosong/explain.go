package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

func newExplain() *cobra.Command {
	var (
		s            settings
		who, duty    string
		summary      bool
		day, instant string
	)
	c := &cobra.Command{
		Use:   "explain [KEY] --config FILE",
		Short: "say why somebody was reminded, or was not",
		Long: `explain answers "why was I told, why was I not" from the ledger. KEY is

  a reminder's key    quanzhou-2021/progress/2021-06-25/qz-jinjiang|1|T-3|lin|email
  a message's id      m-… , or its Message-ID
  a duty's id         quanzhou-2021/progress/2021-06-25/qz-jinjiang

For a message it prints every attempt with carrier, answer and times, the receipts, and what is
spent of the number's budget. For a duty it prints what was written down and, for every rung, what
is decided now and why: also for what was never written. --duty D --person P asks for one person
(by id or login).

--summary counts the reminders of a day by channel and state; their sum is what was planned.

It only reads, and may be called while the daemon runs.`,
		Args: cobra.MaximumNArgs(1),
	}
	s.flags(c)
	c.Flags().StringVar(&who, "person", "", "only what concerns this person, by id or login; with --duty")
	c.Flags().StringVar(&duty, "duty", "", "a duty's id")
	c.Flags().BoolVar(&summary, "summary", false, "count the reminders of a day by channel and state")
	c.Flags().StringVar(&day, "day", "", "the day of --summary; today if not given")
	c.Flags().StringVar(&instant, "at", "", "decide as of this instant (2021-06-28T15:04); now if not given")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		key := cmp.Or(duty, strings.Join(args, ""))
		switch {
		case summary && (key != "" || who != ""):
			return usageError{errors.New("--summary counts a whole day: leave out the key, --duty and --person")}
		case !summary && day != "":
			return usageError{errors.New("--day belongs to --summary")}
		case !summary && key == "":
			return usageError{errors.New("what is to be explained? name a reminder's key, a message's id or a duty's id, or ask for --summary")}
		case duty != "" && len(args) > 0:
			return usageError{errors.New("name either a key or --duty")}
		case who != "" && len(strings.Split(key, "/")) != 4:
			return usageError{errors.New("--person needs --duty with a duty's id")}
		}
		now := clock.System{}.Now()
		var err error
		if instant != "" {
			if now, err = parseInstant("at", instant); err != nil {
				return err
			}
		}
		date := calendar.DateOf(now)
		if day != "" {
			if date, err = calendar.ParseDate(day); err != nil {
				return usageError{fmt.Errorf("--day: %w", err)}
			}
		}
		return s.beside(cmd, func(ctx context.Context, d *desk.Desk) error {
			x := explanation{cmd.OutOrStdout(), d, now}
			switch {
			case summary:
				return x.summary(ctx, date)
			case len(strings.Split(key, "/")) == 4 && !strings.Contains(key, "|"):
				return x.duty(ctx, key, who)
			}
			return x.message(ctx, key)
		})
	}
	return c
}

// beside opens the installation's database to be read, also while its daemon runs.
func (s *settings) beside(cmd *cobra.Command, do func(ctx context.Context, d *desk.Desk) error) (err error) {
	cfg, err := s.load(cmd)
	if err != nil {
		return err
	}
	shelf, err := loadShelf(cmd.ErrOrStderr(), cfg.Catalogue)
	if err != nil {
		return err
	}
	db, err := store.OpenBeside(cfg.Database.URL.Reveal())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(cmd.Context(), &desk.Desk{Store: db, Catalogue: shelf.Catalogue()})
}

// explanation prints answers.
type explanation struct {
	io.Writer
	*desk.Desk
	now time.Time
}

var console = store.Asker{Operator: true}

func (x explanation) line(format string, args ...any) { fmt.Fprintf(x, format+"\n", args...) }

// summary prints the counts of a day; their sum is what was planned (S5).
func (x explanation) summary(ctx context.Context, day calendar.Date) error {
	counts, planned, err := x.Store.Tallies(ctx, day.Start(), day.AddDays(1).Start())
	if err != nil {
		return err
	}
	x.line("%s 到时的提醒", day.Chinese())
	sum := 0
	t := tabwriter.NewWriter(x, 0, 8, 2, ' ', 0)
	for _, c := range counts {
		sum += c.N
		fmt.Fprintf(t, "%s\t%s（%s）\t%d\n", desk.SaidChannel(c.Channel).Zh, desk.SaidState(c.State).Zh, c.State, c.N)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	x.line("合计 %d，计划 %d", sum, planned)
	if sum != planned {
		return fmt.Errorf("the counts add up to %d and %d were planned: the ledger contradicts itself", sum, planned)
	}
	return nil
}

// message prints what is known of a reminder or a message.
func (x explanation) message(ctx context.Context, key string) error {
	m, told, err := x.Store.Trace(ctx, console, key, x.now)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("nothing in the ledger is called %q: name a reminder's key, a message's id, a Message-ID, or a duty's id (explain DUTY tells why nothing was written)", key)
	}
	if err != nil {
		return err
	}
	for _, r := range told {
		x.reminder(r)
	}
	if m.ID == "" {
		x.line("未编入任何消息。")
		return nil
	}
	x.line("消息 %s：%s，%s，收件人 %s，%s", m.ID, desk.SaidKind(m.Kind).Zh, desk.SaidChannel(m.Channel).Zh, person(m.PersonName, m.Person), orDash(m.Address))
	x.line("  时段 %s，状态 %s（%s）%s", clockText(m.Slot), desk.SaidState(m.State).Zh, m.State, because(m.Reason))
	if !m.Next.IsZero() {
		x.line("  下次处理 %s", clockText(m.Next))
	}
	if m.MessageID != "" {
		x.line("  Message-ID %s", m.MessageID)
	}
	if m.Subject != "" {
		x.line("  标题 %s", m.Subject)
	}
	for _, a := range m.Attempts {
		end := "未记下结果"
		if !a.Ended.IsZero() {
			end = seconds(a.Ended) + " " + desk.SaidState(a.State).Zh
		}
		x.line("  第 %d 次发送：通道 %s，%s 开始，%s%s%s%s", a.N, orDash(a.Carrier), seconds(a.Begun), end, because(a.Reason),
			labelled("，归因：", desk.SaidFault(a.Fault).Zh), labelled("，对方编号 ", a.Reference))
		if a.Duplicate {
			x.line("    原样重发：前一次可能已被接收")
		}
	}
	if len(m.Attempts) == 0 {
		x.line("  尚未发送过")
	}
	if !m.HandedOver.IsZero() {
		x.line("  %s 被接收", seconds(m.HandedOver))
	}
	for _, r := range m.Receipts {
		x.line("  回执：%s %s%s，来自 %s，%s 收到", seconds(r.At), desk.SaidState(r.State).Zh, because(r.Reason), r.Carrier, seconds(r.Received))
	}
	if m.Carrier != "" {
		x.line("  该地址经 %s：今日 %d 次，24小时内 %d 次", m.Carrier, m.SpentToday, m.Spent24h)
	}
	if m.Note != "" {
		x.line("  内容：%s", strings.ReplaceAll(strings.TrimSpace(m.Note), "\n", "\n    "))
	}
	return nil
}

func (x explanation) reminder(r store.Told) {
	x.line("提醒 %s", r.Key())
	x.line("  %s %s（%s）", r.UnitName, r.Title, r.PeriodLabel)
	x.line("  节点 %s（%s），%s，%s，以%s身份，%s", desk.SaidRung(r.Rung).Zh, r.Rung, clockText(r.PlannedAt), person(r.PersonName, r.Person),
		desk.SaidRole(r.Role, false).Zh, desk.SaidChannel(r.Channel).Zh)
	x.line("  状态 %s（%s）%s", desk.SaidState(r.State).Zh, r.State, because(r.Reason))
	if r.Message != "" {
		x.line("  编入消息 %s", r.Message)
	}
}

// duty prints what was written down about a duty, and what is decided of each of its rungs now.
func (x explanation) duty(ctx context.Context, id, who string) error {
	t, steps, err := x.Steps(ctx, id, x.now)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no duty %q: `baosong plan` lists them as directive/obligation/period/unit", id)
	}
	if err != nil {
		return err
	}
	moved := ""
	if t.Revision > 0 {
		moved = fmt.Sprintf("（期限版本 %d）", t.Revision)
	}
	x.line("%s %s（%s）：%s，截止 %s %s%s；截至 %s", t.UnitName, cmp.Or(t.Title, t.Key.Obligation), t.Period.Label, desk.SaidDuty(t.State).Zh,
		t.DueDate, t.DueTime, moved, clockText(x.now))
	told, err := x.Store.Told(ctx, console, id)
	if err != nil {
		return err
	}
	if who != "" {
		p, err := x.whom(ctx, who)
		if err != nil {
			return err
		}
		told = slices.DeleteFunc(told, func(r store.Told) bool { return r.Person != p.ID })
		if why := desk.WhyNobody(p, t); why != "" {
			x.line("%s", why)
		}
		steps = slices.DeleteFunc(steps, func(s desk.Step) bool { return !desk.Tells(s, p, t) })
	}
	x.line("已记录的提醒：%d 条", len(told))
	for _, r := range told {
		x.reminder(r)
	}
	x.line("各催报节点：")
	tw := tabwriter.NewWriter(x, 0, 8, 2, ' ', 0)
	for _, s := range steps {
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", s.Rung, clockText(s.At), desk.SaidChannel(s.Channel).Zh, s.Says)
	}
	return tw.Flush()
}

func (x explanation) whom(ctx context.Context, who string) (store.Person, error) {
	all, err := x.Store.People(ctx)
	if err != nil {
		return store.Person{}, err
	}
	for _, p := range all {
		if p.ID == who || p.Login != "" && p.Login == who {
			return p, nil
		}
	}
	return store.Person{}, fmt.Errorf("nobody has the id or login %q: put the person first (baosong person put FILE)", who)
}

func because(reason string) string { return labelled("：", desk.SaidReason(reason).Zh) }

// labelled puts a label before a text, if there is one.
func labelled(label, s string) string {
	if s == "" {
		return ""
	}
	return label + s
}

func orDash(s string) string { return cmp.Or(s, "—") }

func seconds(t time.Time) string { return t.In(calendar.Zone).Format("2006-01-02 15:04:05") }

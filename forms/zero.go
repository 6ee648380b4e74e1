package forms

import (
	"fmt"
	"strings"
)

// zero checks a zero report: it may hold no rows, leave no item behind where it says that there
// is none, and contradict nothing that checks with ZeroTries know.
func (c *checking) zero(filled int) {
	if filled > 0 {
		c.add(-1, nil, "zero", Blocking,
			fmt.Sprintf("零报送不能同时填有内容：表中已填%d行。本期确无的，请先删去各行；有内容的，请不作零报送，核对后上报。", filled),
			fmt.Sprintf("A zero report cannot hold rows, and the form has some (%d). Delete the rows, or submit them instead of a zero report.", filled))
		return
	}
	if open := c.opening(); c.form.Ledger != nil && c.form.Ledger.Zero == NothingOpen && len(open) > 0 {
		zh, en := c.form.named(open)
		c.add(-1, nil, "zero", Blocking,
			fmt.Sprintf("与零报送矛盾：零报送表示已无未销号事项，但期初有%d件未销号：%s。请取消零报送，逐件填报进展或销号。", len(open), zh),
			fmt.Sprintf("The zero report says that no item is open, but there were some when the period began (%d): %s. Withdraw it and report on each, or close it.", len(open), en))
	} else {
		c.overdueUnderZero(open)
	}
	for _, b := range c.broken {
		if b.Zero == ZeroTries {
			c.refuse(b)
		}
	}
	c.scope.row, c.scope.zero = c.nought, true
	for i := range c.rules {
		if b := &c.rules[i]; b.Zero == ZeroTries {
			c.contradict(b)
		}
	}
}

// contradict tries a rule on what the zero report attests. All its failing cells make one
// problem: a zero report is one statement. Cells with a waiver of their own are left out of it
// unless there is nothing else.
func (c *checking) contradict(b *boundRule) {
	s := &c.scope
	cells := b.each
	if len(cells) == 0 {
		cells = []*Field{nil}
	}
	var stand, waived []words
	waiver := ""
	for _, s.cell = range cells {
		if b.rule.try(s) != Fails {
			continue
		}
		at := s.cell
		if at == nil {
			at = b.subject
		}
		says := b.own(s, at, -1)
		zh, en := b.say(s)
		if says.zh != "" {
			zh = strings.TrimRight(says.zh, "。")
		}
		if says.en != "" {
			en = strings.TrimRight(says.en, ".")
		}
		field := ""
		if at != nil {
			field = at.ID
		}
		if w := c.waiver(b.ID, field); w != "" && b.severity == Blocking {
			waived, waiver = append(waived, words{zh, en}), w
		} else {
			stand = append(stand, words{zh, en})
		}
	}
	if len(stand) > 0 {
		waived, waiver = stand, ""
	}
	if len(waived) == 0 {
		return
	}
	zh, en := few(waived)
	do, doEn := "请核对；确有内容的，请取消零报送后填报", "please check; if there is something to report, withdraw the zero report"
	if b.severity == Explain {
		do, doEn = do+"，确无的请写明原因", doEn+"; if there is not, write down the reason"
	}
	p := c.add(-1, nil, b.ID, b.severity, "与零报送矛盾："+zh+"。"+do+"。", "This contradicts the zero report: "+en+"; "+doEn+".")
	p.Waived = waiver
}

// few joins up to three texts and says how many there are if there are more.
func few(ws []words) (zh, en string) {
	for i, w := range ws[:min(len(ws), 3)] {
		if i > 0 {
			zh, en = zh+"；", en+"; "
		}
		zh, en = zh+w.zh, en+w.en
	}
	if n := len(ws); n > 3 {
		zh, en = fmt.Sprintf("%s；等%d项", zh, n), fmt.Sprintf("%s; and %d more", en, n-3)
	}
	return zh, en
}

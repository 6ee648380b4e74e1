package pdf

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/scheduler/calendar"
)

// reminder is a letter as a bureau sends it.
func reminder() render.Letter {
	return render.Letter{
		Issuer: "泉州市民政局", Number: "泉民函〔2021〕3号", Title: "关于报送特殊困难群体排查成效进度表\n（2021年6月25日期）的提醒函", To: "晋江市民政局",
		Body: []string{
			"根据《关于开展特殊困难群体排查的通知》（泉民保〔2021〕3号）二（三）3的要求，你单位应于2021年6月25日24:00前报送特殊困难群体排查成效进度表（2021年6月25日期）。截至2021年6月30日，已逾期5天，我局尚未收到。",
			"其间，我局已提醒3次；6月28日10:12电话联系，林样一承诺于6月29日12:00前报送。",
			"请你单位抓紧办理，于2021年7月2日18:00前报送。如已报送，请忽略本函。",
			"特此函告。",
		},
		Signed: "泉州市民政局", Date: "2021年6月30日", Note: "（联系人：黄样三，联系电话：19900000003）", Made: calendar.MustDate("2021-06-30").At(9 * 60),
	}
}

// urgingSlip is 催办单.
func urgingSlip() render.Letter {
	x := reminder()
	x.Title, x.To, x.Body, x.Number, x.Note = "催办单", "", nil, "泉民催〔2021〕1号", ""
	x.Rows = []render.LetterRow{
		{Label: "承办单位", Text: "晋江市民政局"}, {Label: "催办事项", Text: "特殊困难群体排查成效进度表（2021年6月25日期）"},
		{Label: "依据", Text: "《关于开展特殊困难群体排查的通知》（泉民保〔2021〕3号）二（三）3"}, {Label: "原定时限", Text: "2021年6月25日24:00，已逾期7天"},
		{Label: "催办意见", Text: strings.Join(reminder().Body[1:3], "\n")}, {Label: "联系人", Text: "黄样三，联系电话：19900000003"}, {Label: "承办单位反馈", Room: 28},
	}
	return x
}

// What the standard gives in figures (5.2, 7.3, 10.1) is measured, in mm from the paper's edges.
func TestLetterGeometry(t *testing.T) {
	l, err := layLetter(faces(), reminder(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := clashes(l); err != nil {
		t.Error(err)
	}
	p := l.pages[0]
	find := func(s string) box {
		for _, x := range p.texts {
			if strings.TrimSpace(x.s) == s || strings.HasPrefix(strings.TrimLeft(x.s, "　"), s) {
				return ink(l.typesetter, x)
			}
		}
		t.Fatalf("no line %q", s)
		return box{}
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.05 {
			t.Errorf("%s: %.2f mm, want %.2f", what, got, want)
		}
	}
	mark, number, date, signed, to := find("泉州市民政局"), find("泉民函〔2021〕3号"), find("2021年6月30日"), box{}, find("晋江市民政局：")
	for _, x := range p.texts {
		if x.s == "泉州市民政局" && !x.red {
			signed = ink(l.typesetter, x)
		}
	}
	if len(p.rules) != 4 {
		t.Fatalf("%d rules, want two double lines", len(p.rules))
	}
	near("upper edge of the mark", mark.y, 30)
	near("the upper line below the mark", p.rules[0].y1-p.rules[0].thick/2-(mark.y+mark.h), 4)
	near("the lower line above the edge", 297-(p.rules[2].y1+p.rules[2].thick/2), 20)
	for i, r := range p.rules {
		near("length of a line", r.x2-r.x1, 170)
		near("middle of a line", (r.x1+r.x2)/2, 105)
		if !r.red || (i%2 == 0) != (r.thick == letterThick) {
			t.Errorf("line %d: %+v", i, r)
		}
	}
	if p.rules[0].y1 > p.rules[1].y1 || p.rules[2].y1 < p.rules[3].y1 {
		t.Error("thick stands above thin at the head, below it at the foot")
	}
	char := 156.0 / 28
	near("the number below the line", number.y-(p.rules[1].y1+p.rules[1].thick/2), 16*mmPerPt*7/8)
	near("right edge of the number", number.x+number.w, 184)
	near("left edge of the address", to.x, 28)
	near("the date from the right edge", 184-(date.x+date.w), 4*char)
	near("the name over the date", signed.x+signed.w/2, date.x+date.w/2)
	near("name and date on neighbouring lines", date.y-signed.y, proseLead)
	text := find("根据《关于")
	near("two characters set in", text.x, 28)
	if lines := (297.0 - 37 - 35) / proseLead; int(lines) != 22 {
		t.Errorf("%.2f lines to a page", lines)
	}
	for _, x := range p.texts {
		if strings.HasPrefix(x.s, "— ") {
			t.Error("the first page has a number")
		}
		if b := ink(l.typesetter, x); b.y+b.h > 297-35+slack {
			t.Errorf("%q stands below the type area", x.s)
		}
	}
}

// A letter of any length keeps its signature with text, numbers its pages from the second, and loses nothing.
func TestLetterOfAnyLength(t *testing.T) {
	for n := range 40 {
		x := reminder()
		for range n {
			x.Body = append(x.Body[:1:1], append([]string{"请你单位高度重视，明确专人负责，认真核对数据，按时保质完成报送工作。"}, x.Body[1:]...)...)
		}
		l, err := layLetter(faces(), x, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := clashes(l); err != nil {
			t.Errorf("%d more paragraphs: %v", n, err)
		}
		for i, p := range l.pages {
			body, numbered := 0, false
			for _, s := range p.texts {
				numbered = numbered || s.s == fmt.Sprintf("— %d —", i+1)
				if b := ink(l.typesetter, s); s.size == proseSize && b.y+b.h < 297-35+1 {
					body++
				}
			}
			if numbered != (i > 0) {
				t.Errorf("%d more paragraphs: page %d numbered: %v", n, i+1, numbered)
			}
			if i == len(l.pages)-1 && body < 5 { // two of the text, who signs, the date, the note
				t.Errorf("%d more paragraphs: %d lines on the last page", n, body)
			}
		}
	}
}

func TestLetterIsTheSameTwice(t *testing.T) {
	for name, x := range map[string]render.Letter{"letter": reminder(), "slip": urgingSlip()} {
		var a, b bytes.Buffer
		rep, err := Encoder{}.DrawLetter(&a, x)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Encoder{}).EncodeLetter(&b, x); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) || rep.Pages != 1 || len(rep.Unseen) > 0 || len(rep.Substitutions) != 4 {
			t.Errorf("%s: %+v", name, rep)
		}
		l, err := layLetter(faces(), x, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := clashes(l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if *look != "" {
			if err := os.WriteFile(filepath.Join(*look, name+".pdf"), a.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestLetterRefuses(t *testing.T) {
	for name, change := range map[string]func(*render.Letter){
		"no issuer":  func(x *render.Letter) { x.Issuer = "" },
		"no title":   func(x *render.Letter) { x.Title = "" },
		"no instant": func(x *render.Letter) { x.Made = render.Letter{}.Made },
	} {
		x := reminder()
		change(&x)
		if _, err := (Encoder{}).DrawLetter(&bytes.Buffer{}, x); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	x := reminder()
	x.Issuer, x.Signed = strings.Repeat("泉州台商投资区管理委员会", 3), strings.Repeat("泉州台商投资区管理委员会", 3)
	l, err := layLetter(faces(), x, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := clashes(l); err != nil {
		t.Errorf("a long name: %v", err)
	}
}

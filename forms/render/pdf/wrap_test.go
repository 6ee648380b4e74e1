package pdf

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func setter(t testing.TB) *typesetter {
	t.Helper()
	return &typesetter{faces: faces(), unseen: map[rune]bool{}}
}

// em is a measure in which hanzi count 1 and everything below U+0100 a half.
func em(r rune) float64 {
	if r < 0x100 {
		return 0.5
	}
	return 1
}

func broken(rs []rune, lines []span) string {
	var out []string
	for _, l := range lines {
		out = append(out, string(rs[l.from:l.to]))
	}
	return strings.Join(out, "|")
}

func TestBreakLines(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
		want  string
	}{
		{"", 5, ""},
		{"困难群众救助", 3, "困难群|众救助"},
		{"困难群众救助", 0.2, "困|难|群|众|救|助"},    // narrower than a character
		{"应保尽保，应救尽救。", 4, "应保尽|保，应救|尽救。"}, // no comma first
		{"整治（漏保）问题", 3, "整治|（漏|保）问|题"},    // no bracket last, none first
		{"附件“点题整治”表", 3, "附件|“点题|整治”|表"},
		{"排查12349热线", 4, "排查|12349热|线"},       // a number is kept whole
		{"共37120人已查", 4, "共|37120人|已查"},       // and stays with its measure
		{"已排查37120人", 4, "已排查|37120人"},        // the measure stays with it
		{"ABCDEFGHIJ", 2, "ABCD|EFGH|IJ"},     // a word that fits nowhere
		{"social aid 救助", 4, "social|aid 救助"}, // the space at a break goes
		{"自付3.24％以上", 3, "自付|3.24％|以上"},       // per cent with its number
		{"说明——详见附件", 3, "说明|——详|见附件"},         // a dash is not parted
		{"汉字  汉字   ", 2, "汉字|汉字"},             // spaces at the end go
		{"，，，，", 2, "，，|，，"},                  // nothing else can be done
		{"泉民保〔2021〕3号", 5, "泉民保|〔2021〕|3号"},
	} {
		rs := []rune(c.text)
		if got := broken(rs, breakLines(rs, c.width, em)); got != c.want {
			t.Errorf("%s at %g: got %s, want %s", c.text, c.width, got, c.want)
		}
	}
}

func TestBalanceLines(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
		want  string
	}{
		{"实际排查数", 3, "实际|排查数"},
		{"已纳入或正在纳入低保", 3, "已纳入|或正在|纳入|低保"},
		{"已实施或正在实施临时救助", 3, "已实施|或正在|实施|临时|救助"},
		{"涉及金额（万元）", 4, "涉及金额|（万元）"},
		{"泉州市特殊困难群体排查成效进度表", 12, "泉州市特殊困难群体|排查成效进度表"},
		{"重度残疾人（含智力、精神三级残疾）对象", 6, "重度残疾人|（含智力、|精神三级|残疾）对象"},
	} {
		rs := []rune(c.text)
		if got := broken(rs, balanceLines(rs, c.width, em)); got != c.want {
			t.Errorf("%s at %g: got %s, want %s", c.text, c.width, got, c.want)
		}
	}
}

// anyText draws paragraphs as people type them, with the characters that gofpdf loses.
func anyText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("困难群众救助排查保障镕喆堃祎昇〇㎡䶮鿏")), 1, 12, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("，。、；：？！（）《》“”〔〕【】…—·％℃￥①⑳,.%()")), 1, 4, -1),
		rapid.StringMatching(`[0-9]{1,9}(,[0-9]{3})?(\.[0-9]{2})?`),
		rapid.StringMatching(`[A-Za-z]{1,20}`),
		rapid.StringMatching(` {1,3}`),
		rapid.SampledFrom([]string{"\n", "\r\n", "\t", "　", "𠮷", "😀", "\u200b", "é", "☑", "⼀", "\U0010FFFF"}),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 30), func(p []string) string { return strings.Join(p, "") })
}

// What breakLines promises: every rune of the paragraph is in exactly one line, in order,
// but for spaces beside a break and at the end; a line fits unless it is a single rune; and a
// break against the rules is made only where no other would have done.
func TestNothingIsLostAtLineEnds(t *testing.T) {
	ts := setter(t)
	rapid.Check(t, func(t *rapid.T) {
		st := style{size: rapid.Float64Range(6, 22).Draw(t, "size"), face: rapid.SampledFrom([]role{regular, bold}).Draw(t, "face")}
		width := rapid.Float64Range(2, 100).Draw(t, "width")
		adv := ts.advance(st)
		for s := range strings.SplitSeq(ts.clean(anyText().Draw(t, "text")), "\n") {
			para := []rune(s)
			for name, by := range map[string]breaker{"break": breakLines, "balance": balanceLines} {
				lines, at := by(para, width, adv), 0
				for n, l := range lines {
					if l.from < at || !blank(para[at:l.from]) || n == 0 && l.from != 0 {
						t.Fatalf("%s: lost %q before line %d of %q", name, string(para[at:l.from]), n, string(para))
					}
					if w := ts.measure(string(para[l.from:l.to]), st); w > width+1e-3 && l.to-l.from > 1 {
						t.Fatalf("%s: line %q is %.2f mm wide, not %.2f", name, string(para[l.from:l.to]), w, width)
					}
					at = l.to
				}
				if !blank(para[at:]) {
					t.Fatalf("%s: lost %q at the end of %q", name, string(para[at:]), string(para))
				}
				if name == "break" {
					lawful(t, para, lines, width, adv)
				}
			}
		}
	})
}

// lawful checks each break of breakLines against the best there was on its line.
func lawful(t *rapid.T, para []rune, lines []span, width float64, adv func(rune) float64) {
	for n := 1; n < len(lines); n++ {
		from, to := lines[n-1].from, lines[n].from
		got := gradeAt(para, to)
		sum, fits := 0.0, from
		for fits < len(para) && (sum+adv(para[fits]) <= width || para[fits] == ' ') {
			sum += adv(para[fits])
			fits++
		}
		for i := min(fits, len(para)-1); i > from; i-- {
			if g := gradeAt(para, i); g > got && !blank(para[from:i]) && !blank(para[i:]) {
				t.Fatalf("broke %q|%q (grade %d) though %q was possible (grade %d)",
					string(para[from:lines[n-1].to]), string(para[to:]), got, string(para[from:i]), g)
			}
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("晋江市\x00𠮷\xff☑\u2028e\u0301")
	ts := setter(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range ts.clean(s) {
			if r != '\n' && !ts.faces.has(r) {
				t.Fatalf("%U would be invisible", r)
			}
		}
	})
}

func TestCleanMarksWhatCannotBeShown(t *testing.T) {
	for _, c := range []struct{ in, want, unseen string }{
		{"陶喆𠮷先生𬱖", "陶喆𠮷先生𬱖", ""}, // beyond U+FFFF, and shipped
		{"\U0002f800\U00030000", "丽〓", "\U00030000"},
		{"是☑否☐", "是√否□", ""},
		{"⼀、基本情况", "一、基本情况", ""}, // a Kangxi radical, as PDF readers copy them
		{"甲\t乙\r\n丙\u200b丁\u2028戊", "甲 乙\n丙丁\n戊", ""},
		{"😀\xff", "〓〓", "😀\ufffd"},
	} {
		ts := setter(t)
		got := ts.clean(c.in)
		if strings.Contains(c.unseen, "\ufffd") && ts.faces.has(0xfffd) {
			c.unseen, c.want = "😀", "〓\ufffd"
		}
		var unseen []rune
		for r := range ts.unseen {
			unseen = append(unseen, r)
		}
		slices.Sort(unseen)
		want := []rune(c.unseen)
		slices.Sort(want)
		if got != c.want || !slices.Equal(unseen, want) {
			t.Errorf("%q: got %q, unseen %q; want %q, %q", c.in, got, string(unseen), c.want, string(want))
		}
	}
}

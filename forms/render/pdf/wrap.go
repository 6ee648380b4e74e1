package pdf

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// The line breaker. gofpdf's own (SplitText, MultiCell) takes hanzi for separators and drops
// one at each line end, so none of it is used.
//
// What is promised: the lines, in order, hold every character of the text but the spaces
// (U+0020) on either side of a break and those at the end. A line is no wider than asked
// for, unless it is one single character.

// Characters that must not begin or end a line (行首行尾禁则: GB/T 15834—2011, 5.1, and the
// W3C's Requirements for Chinese Text Layout, 3.1).
const (
	neverFirst = "，。、；：？！）》〉」』】〕〗｝］”’％‰℃·～々,.;:?!)]}%°"
	neverLast  = "（《〈「『【〔〖｛［“‘￥¥№([{$#"
	pairs      = "—…"                // ——, ……: never parted
	measures   = "年月日时分元万亿人户件名个条次岁号" // kept with the number before them if they fit
)

// grade says how good a break before rs[i] is.
type grade uint8

const (
	forbidden grade = iota // against the rules above, or inside —— and ……
	inWord                 // inside a number or a Latin word, or before its measure: 1|人
	good
)

func isOneOf(set string, r rune) bool {
	for _, x := range set {
		if x == r {
			return true
		}
	}
	return false
}

// wordly reports whether the rune is part of a word or number that is kept whole.
func wordly(r rune) bool {
	return r > ' ' && r < 0x7f || r >= 0xc0 && r < 0x2000 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// gradeAt grades the break before rs[i], 0 < i < len(rs). Spaces around it vanish with it, so
// the characters that count are the ones beyond them.
func gradeAt(rs []rune, i int) grade {
	a, b := i-1, i
	for a > 0 && rs[a] == ' ' {
		a--
	}
	for b < len(rs)-1 && rs[b] == ' ' {
		b++
	}
	switch {
	case isOneOf(neverFirst, rs[b]) || isOneOf(neverLast, rs[a]):
		return forbidden
	case b-a > 1:
		return good
	case rs[a] == rs[b] && isOneOf(pairs, rs[a]):
		return forbidden
	case wordly(rs[a]) && (wordly(rs[b]) || '0' <= rs[a] && rs[a] <= '9' && isOneOf(measures, rs[b])):
		return inWord
	}
	return good
}

// span is one line: rs[from:to].
type span struct{ from, to int }

// breakLines fills lines from the left as far as they go. adv gives the width of each rune,
// in the unit of width. Empty text is one empty line.
func breakLines(rs []rune, width float64, adv func(rune) float64) []span {
	end := len(rs)
	for end > 0 && rs[end-1] == ' ' {
		end--
	}
	var lines []span
	for from := 0; ; {
		// fit is the end of the longest stretch that is narrow enough; at least one rune.
		fit, used := from, 0.0
		for fit < end {
			used += adv(rs[fit])
			if used > width+slack && fit > from && rs[fit] != ' ' {
				break
			}
			fit++
		}
		if fit >= end {
			return append(lines, span{from, end})
		}
		at, best := fit, forbidden
		for i := fit; i > from; i-- {
			// A break that leaves only spaces behind would be an empty line.
			if g := gradeAt(rs[:end], i); g > best && !blank(rs[from:i]) {
				at, best = i, g
			}
			if best == good {
				break
			}
		}
		to := at
		for to > from+1 && rs[to-1] == ' ' {
			to--
		}
		lines = append(lines, span{from, to})
		for at < end && rs[at] == ' ' {
			at++
		}
		from = at
	}
}

// slack forgives the rounding of a sum of widths.
const slack = 1e-6

func blank(rs []rune) bool {
	return !slices.ContainsFunc(rs, func(r rune) bool { return r != ' ' })
}

// words are the two-character words of which headings of social-assistance forms are made.
// balanceLines would rather take another line than part one; nothing else depends on them.
const words = "实际 排查 纳入 正在 实施 低保 特困 临时 救助 一次 保障 孤儿 儿童 无人 抚养 困难 群众 对象 人员 残疾 " +
	"监测 扶贫 返贫 脱贫 贫困 稳定 疫情 影响 存在 风险 一键 报贫 新增 个人 自费 医疗 以来 以上 智力 精神 三级 社会 信访 热线 " +
	"求助 登记 失业 其他 疑似 符合 条件 兜底 易返 地区 名称 合计 单位 情况 问题 描述 涉及 金额 发生 领域 线索 来源 移送 时间 " +
	"查处 整改 问责 办理 诉求 编号 类别 姓名 备注 完成 责任 时限 措施 结果 数量 标准 资金 发放 家庭 户数 人数 全市 本级 " +
	"工作 进展 报告 关于 点题 整治 部分 特殊 群体 数据 统计 成效 进度"

// partsWord reports whether the break before rs[i] parts a word.
func partsWord(rs []rune, i int) bool { return strings.Contains(words, string(rs[i-1:i+1])) }

// balanceLines breaks a heading into few lines of like length that part no words:
// 已纳入/或正在/纳入/低保 and not 已纳入/或正在/纳入低/保. It looks at every set of breaks, which
// headings (some dozens of characters) can afford.
func balanceLines(rs []rune, width float64, adv func(rune) float64) []span {
	for len(rs) > 0 && rs[len(rs)-1] == ' ' {
		rs = rs[:len(rs)-1]
	}
	n := len(rs)
	if n == 0 || n > 200 {
		return breakLines(rs, width, adv)
	}
	// price[i], in lines, is what it is worth to avoid the break before rs[i]. Unevenness never
	// weighs as much as a line.
	price := make([]float64, n+1)
	for i := 1; i < n; i++ {
		switch g := gradeAt(rs, i); {
		case g == forbidden:
			price[i] = 100
		case g == inWord:
			price[i] = 4
		case partsWord(rs, i):
			price[i] = 1.1
		}
	}
	// cost[i] is that of the best way to set rs[i:], next[i] the end of its first line.
	cost, next := make([]float64, n+1), make([]int, n+1)
	for i := n - 1; i >= 0; i-- {
		cost[i] = math.Inf(1)
		used := 0.0
		for j := i + 1; j <= n; j++ {
			used += adv(rs[j-1])
			if used > width+slack && j > i+1 {
				break
			}
			free := max(0, width-used) / width
			c := 1 + cost[j] + price[j] + free*free/float64(n)
			if c <= cost[i]+slack { // the longer first line wins a tie
				cost[i], next[i] = c, j
			}
		}
	}
	var lines []span
	for i := 0; i < n; i = next[i] {
		l := span{i, next[i]}
		for l.to > l.from+1 && rs[l.to-1] == ' ' {
			l.to--
		}
		for l.from > 0 && l.from < l.to-1 && rs[l.from] == ' ' {
			l.from++
		}
		lines = append(lines, l)
	}
	return lines
}

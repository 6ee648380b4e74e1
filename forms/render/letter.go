package render

import "time"

// Letter is an official letter (函, in the form of GB/T 9704—2012, 10.1), or a slip (单) in its
// frame, ready to be drawn. What it says is said by its caller; whoever signs it puts the seal on
// the paper.
type Letter struct {
	Issuer string // 发文机关标志: 泉州市民政局
	Number string // 发文字号: 泉民函〔2021〕3号; may be empty
	Title  string // 关于报送……的提醒函; a line break in it stays
	To     string // 主送机关, without its colon; empty of a slip
	// Rows are the grid of a slip: what is asked for and what stands there.
	Rows []LetterRow
	Body []string // paragraphs; empty of a slip
	// Signed is the issuer as it signs, above the date (成文日期): 2021年6月29日.
	Signed, Date string
	Note         string // 附注, in brackets; may be empty
	// Made is the instant, UTC, written into the file's metadata: never the clock.
	Made time.Time
}

// LetterRow is one row of a slip.
type LetterRow struct {
	Label, Text string
	Room        float64 // mm kept free at least, to be written into by hand
}

package workbook

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// significant is how many digits of a number spreadsheets keep and show. The doubles in the
// file carry two more: 0.1+0.2 is stored as 0.30000000000000004 and seen as 0.3.
const significant = 15

// format is what a number format makes of a number.
type format struct {
	date, clock bool // it shows a day; a time of day
	percent     bool
	scaled      bool // it moves the point: 0.0, shows thousands, 0!.0, shows 万
	fixed       bool // it shows a fixed number of decimals
	places      int
}

// formatOf reads a number format: one of the built-in ones (ECMA-376 part 1, 18.8.30, with those
// of Chinese) or a code of the file's own.
func formatOf(id int, code string) format {
	if code != "" {
		return parseFormat(code)
	}
	switch {
	case id == 1, id == 3, id == 37, id == 38, id == 41, id == 42:
		return format{fixed: true}
	case id == 2, id == 4, id == 39, id == 40, id == 43, id == 44:
		return format{fixed: true, places: 2}
	case id == 9:
		return format{percent: true, fixed: true}
	case id == 10:
		return format{percent: true, fixed: true, places: 2}
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return format{date: true}
	case id == 22:
		return format{date: true, clock: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
		return format{clock: true}
	}
	return format{}
}

// parseFormat reads the first section of a code, that of positive numbers.
func parseFormat(code string) format {
	var f format
	digits, point, comma := false, false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			i = len(code)
		case '"':
			if n := strings.IndexByte(code[i+1:], '"'); n >= 0 {
				i += n + 1
			} else {
				i = len(code)
			}
		case '\\', '_', '*', '!':
			if i+1 < len(code) && code[i+1] == '.' && digits {
				f.scaled = true // a point drawn between the digits of a whole number
			}
			i++
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return format{}
			}
			if in := strings.ToLower(code[i+1 : i+n]); in == "h" || in == "hh" || in == "m" || in == "mm" || in == "s" || in == "ss" {
				f.clock = true
			}
			i += n
		case 'y', 'Y', 'd', 'D', 'e', 'E', 'g':
			if (c == 'e' || c == 'E') && (digits || i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-')) {
				return format{} // an exponent: all digits
			}
			f.date = true
		case 'm', 'M':
			f.date = f.date || !f.clock && !strings.ContainsAny(code[i:], "sS") // else minutes
		case 'h', 'H', 's', 'S':
			f.clock = true
		case '%':
			f.percent = true
		case '/':
			if digits || strings.Contains(code, "?") {
				return format{} // a fraction
			}
		case '0', '#', '?':
			digits, comma = true, false
			if point {
				f.places++
			}
		case '.':
			point = true
		case ',':
			comma = digits
		case 'G':
			return format{} // General, G/通用格式
		}
		if comma && (i+1 >= len(code) || code[i+1] == ';' || code[i+1] == '"' || code[i+1] == '\\' || code[i+1] >= 0x80) {
			f.scaled = true
		}
	}
	f.fixed = digits && !f.date && !f.clock
	return f
}

// show writes the number of a cell as its reader sees it. Text has every digit a spreadsheet
// keeps; shown is set if the format shows fewer.
func (f format) show(raw string, from04 bool) (text, shown string, kind Kind) {
	x, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return raw, "", Text
	}
	if f.date || f.clock {
		if s, ok := f.day(x, from04); ok {
			return s, "", Date
		}
	}
	d := exact(raw, x)
	if f.scaled {
		return d.String(), "", Scaled
	}
	sign := ""
	if f.percent {
		d, sign = d.Shift(2), "%"
	}
	if f.fixed {
		if r := d.Round(int32(f.places)); !r.Equal(d) {
			shown = r.String() + sign
		}
	}
	return d.String() + sign, shown, Number
}

// exact returns the number with the digits a spreadsheet keeps of it.
func exact(raw string, x float64) decimal.Decimal {
	if x == 0 || math.Abs(x) < 1e-300 { // a double's last shades: never a figure
		return decimal.Zero
	}
	// The text of the file is taken, not the double: 15 digits of it are exact.
	d, err := decimal.NewFromString(raw)
	if err != nil || d.Exponent() < -400 || d.Exponent() > 400 {
		d = decimal.NewFromFloat(x)
	}
	if n := d.NumDigits(); n > significant {
		d = d.Round(int32(significant-n) - d.Exponent())
	}
	return d
}

// day writes a serial number as an ISO date, with the time if there is one and alone if there
// is no day. ok is false for what no calendar of the format has.
func (f format) day(serial float64, from04 bool) (string, bool) {
	days := math.Floor(serial)
	seconds := math.Round((serial - days) * 86400)
	if seconds == 86400 {
		days, seconds = days+1, 0
	}
	if days < 0 || days > 2958465 {
		return "", false
	}
	clock := time.Unix(int64(seconds), 0).UTC().Format("15:04:05")
	clock = strings.TrimSuffix(clock, ":00")
	n := int(days)
	switch {
	case n == 0 && !f.date:
		return clock, true
	case from04:
		n += 1462
	case n == 60: // the day that never was (ECMA-376 part 1, 18.17.4.1)
		return "1900-02-29", true
	case n < 60:
		n++
	}
	s := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly)
	if seconds > 0 {
		s += " " + clock
	}
	return s, true
}

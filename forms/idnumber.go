package forms

import (
	"regexp"
	"strings"
	"time"
)

var (
	idNumberShape = regexp.MustCompile(`^[1-9]\d{16}[\dX]$`)
	oldIDNumber   = regexp.MustCompile(`^[1-9]\d{14}$`)
)

// idNumber reads a citizen identification number: GB 11643—1999, a code of place, the date of
// birth, a number of sequence and a check character by ISO 7064 MOD 11-2. The place is not looked
// up: people keep the codes of counties that are long gone.
func idNumber(s string) (string, *Fault) {
	s = strings.ToUpper(strings.ReplaceAll(fold(s), " ", ""))
	if oldIDNumber.MatchString(s) {
		return "", &Fault{"是15位的旧号码，已停止使用，请填18位公民身份号码", "is an old number of 15 digits: give the one of 18"}
	}
	if !idNumberShape.MatchString(s) {
		return "", &Fault{"应为18位公民身份号码，末位可为X", "must be a citizen identification number of 18 digits, the last of which may be X"}
	}
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1850 || born.Year() > 2199 {
		return "", &Fault{"第7至14位不是有效的出生日期，请核对", "has no valid date of birth as digits 7 to 14"}
	}
	if idCheck(s[:17]) != s[17] {
		return "", &Fault{"校验码不符，号码有误，请对照证件核对", "does not agree with its check character: please compare it with the card"}
	}
	return s, nil
}

// idCheck is the check character of 17 digits: the one that makes the sum of all 18, each
// weighted by a power of two, come to 1 modulo 11; X stands for ten.
func idCheck(digits string) byte {
	sum := 0
	for i := range len(digits) {
		sum = (sum + int(digits[i]-'0')) * 2 % 11
	}
	return "0123456789X"[(12-sum)%11]
}

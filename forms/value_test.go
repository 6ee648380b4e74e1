package forms_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
)

var (
	count   = &forms.Field{ID: "n", Type: forms.Count, Unit: "人"}
	money   = &forms.Field{ID: "m", Type: forms.Money, Unit: "万元", Decimals: 2}
	percent = &forms.Field{ID: "p", Type: forms.Decimal, Decimals: 3}
	day     = &forms.Field{ID: "d", Type: forms.DateType}
	line    = &forms.Field{ID: "t", Type: forms.Text, Max: 10}
	prose   = &forms.Field{ID: "l", Type: forms.LongText}
	person  = &forms.Field{ID: "who", Type: forms.Name}
	phone   = &forms.Field{ID: "tel", Type: forms.Phone}
	card    = &forms.Field{ID: "card", Type: forms.IDNumber}
	office  = &forms.Field{ID: "u", Type: forms.UnitName}
	proof   = &forms.Field{ID: "f", Type: forms.File, Max: 2}
	choice  = &forms.Field{ID: "c", Type: forms.Choice, Choices: []string{"整改到位", "未整改", "A类", "—"}}
)

var hashA, hashB = strings.Repeat("a1", 32), strings.Repeat("0f", 32)

// Every other check character than the right one is refused, and so is every pair of neighbours
// that changed places: this is what people mistype.
func TestIDNumberFindsSlips(t *testing.T) {
	const right = "11010519491231002X"
	for _, c := range "0123456789" {
		if _, fault := forms.Normalize(card, right[:17]+string(c)); fault == nil {
			t.Errorf("%s%c passes", right[:17], c)
		}
	}
	for i := range 17 {
		slip := []byte(right)
		slip[i], slip[i+1] = slip[i+1], slip[i]
		if _, fault := forms.Normalize(card, string(slip)); string(slip) != right && fault == nil {
			t.Errorf("%s passes", slip)
		}
	}
}

func TestFiles(t *testing.T) {
	refs := []forms.FileRef{{Hash: hashA, Name: "名单.xlsx"}, {Hash: hashB, Name: "a b.pdf"}}
	value := hashA + " 名单.xlsx\n" + hashB + " a b.pdf"
	if got := forms.Files(value); !slices.Equal(got, refs) {
		t.Errorf("got %v", got)
	}
	if got := forms.JoinFiles(refs); got != value {
		t.Errorf("got %q", got)
	}
	if got := forms.Files(hashA + " x\r\nnothing\n\n" + hashB + " y\n"); !slices.Equal(got, []forms.FileRef{{Hash: hashB, Name: "y"}}) {
		t.Errorf("lines that are none: got %v", got)
	}
	if got := forms.JoinFiles([]forms.FileRef{{Hash: "a1", Name: "x"}, {Hash: hashA, Name: "x\ny"}, {Hash: hashA, Name: " x"}, refs[0], refs[0]}); got != hashA+" 名单.xlsx" {
		t.Errorf("references that are none: got %q", got)
	}
}

func TestNormalizeUnderstands(t *testing.T) {
	for _, x := range []struct {
		f         *forms.Field
		raw, want string
	}{
		{count, "３，０１９", "3019"},
		{count, "3,019", "3019"},
		{count, "1 234 567", "1234567"},
		{count, "　3019　", "3019"},
		{count, "＋5", "5"},
		{count, "007", "7"},
		{count, "0", "0"},
		{count, "-0", "0"},
		{count, "12.0", "12"},
		{count, "12．00", "12"},
		{count, "28人", "28"},
		{count, "28 人", "28"},
		{count, "999999999999999", "999999999999999"},
		{count, "", ""},
		{count, " \t\n", ""},
		{count, "—", ""},
		{count, "-", ""},
		{count, "－", ""},
		{count, "——", ""},
		{count, "3019\u200B", "3019"},
		{money, "12.50", "12.5"},
		{money, "１２。５", "12.5"},
		{money, "0.00", "0"},
		{money, "-0.00", "0"},
		{money, "－1,234.56 万元", "-1234.56"},
		{money, ".5", "0.5"},
		{percent, "0.125", "0.125"},
		{percent, "100.000000", "100"},
		{day, "2021-6-25", "2021-06-25"},
		{day, "2021/6/25", "2021-06-25"},
		{day, "2021.06.25", "2021-06-25"},
		{day, "2021年6月25日", "2021-06-25"},
		{day, "2021 年 6 月 25 号", "2021-06-25"},
		{day, "２０２１－６－２５", "2021-06-25"},
		{day, "２０２１。６。２５", "2021-06-25"},
		{day, "20210625", "2021-06-25"},
		{day, "2021-06-25 00:00:00", "2021-06-25"},
		{day, "2024-2-29", "2024-02-29"},
		{day, "—", ""},
		{line, "  情况属实 ", "情况属实"},
		{line, "第一行\r\n第二行", "第一行 第二行"},
		{line, "\uFEFF一", "一"},
		{line, "一二三四五六七八九十", "一二三四五六七八九十"},
		{line, "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"}, // characters, not bytes
		{prose, "一\r\n\r\n二\r三\u2028四", "一\n\n二\n三\n四"},
		{person, "阿卜杜拉・买买提", "阿卜杜拉·买买提"},
		{person, "张　三", "张三"},
		{person, "John  Smith", "John Smith"},
		{person, "𠮷野", "𠮷野"},
		{person, "王\uE863", "王\uE863"}, // a private-use character of an old input method
		{person, "葛\U000E0100城", "葛\U000E0100城"},
		{person, "张**", "张**"},
		{person, "张甲、李乙等5人", "张甲、李乙等5人"},
		{phone, "138 0000 0000", "13800000000"},
		{phone, "+86 13800000000", "13800000000"},
		{phone, "１３８００００００００", "13800000000"},
		{phone, "（0595）22500000", "0595-22500000"},
		{phone, "0595-22500000转801", "0595-22500000-801"},
		{phone, "059522500000-801", "0595-22500000-801"},
		{phone, "010-88886666", "010-88886666"},
		{phone, "22500000", "22500000"},
		{phone, "12349", "12349"},
		{phone, "400-123-4567", "4001234567"},
		// The example of GB 11643—1999, and one of a place that does not exist.
		{card, "11010519491231002X", "11010519491231002X"},
		{card, " 110105 19491231 002x", "11010519491231002X"},
		{card, "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"},
		{card, "99000020000229001X", "99000020000229001X"},
		{card, "—", ""},
		{office, " 晋江市民政局\n", "晋江市民政局"},
		{proof, hashA + " 名单.xlsx", hashA + " 名单.xlsx"},
		{proof, "\r\n " + strings.ToUpper(hashA) + "  名单.xlsx\r\n\r\n" + hashB + " a b.pdf ", hashA + " 名单.xlsx\n" + hashB + " a b.pdf"},
		{proof, hashA + " 名单.xlsx\n" + hashA + " 名单.xlsx\n" + hashB + " 名单.xlsx", hashA + " 名单.xlsx\n" + hashB + " 名单.xlsx"},
		{proof, "—", ""},
		{choice, " 未整改 ", "未整改"},
		{choice, "Ａ类", "A类"},
		{choice, "—", "—"}, // a choice of that name is one
		{choice, "", ""},
	} {
		got, fault := forms.Normalize(x.f, x.raw)
		if fault != nil || got != x.want {
			t.Errorf("%s %q: got %q, %v; want %q", x.f.Type, x.raw, got, fault, x.want)
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	for _, x := range []struct {
		f         *forms.Field
		raw, want string // part of the Chinese message
	}{
		{count, "-5", "不小于0的整数"},
		{count, "12.5", "不小于0的整数"},
		{count, "三千", "不小于0的整数"},
		{count, "٣٤", "不小于0的整数"}, // Arabic digits
		{count, "3,01,9", "不小于0的整数"},
		{count, "12 34", "不小于0的整数"}, // may be two numbers
		{count, "1e3", "不小于0的整数"},
		{count, "0x10", "不小于0的整数"},
		{count, "=1+1", "不小于0的整数"},
		{count, "无", "不小于0的整数"},
		{count, "5%", "不小于0的整数"},
		{count, "NaN", "不小于0的整数"},
		{count, "1000000000000000", "最多15位"},
		{count, strings.Repeat("9", 5000), "不小于0的整数"},
		{count, "1\x00", "控制字符"},
		{money, "1.234", "最多保留2位小数"},
		{money, "5.", "应为数字"},
		{money, "1.2.3", "应为数字"},
		{money, "￥5", "应为数字"}, // yuan, not 万元
		{money, "--5", "应为数字"},
		{day, "2021-2-29", "没有这一天"},
		{day, "2021-13-01", "没有这一天"},
		{day, "20210631", "没有这一天"},
		{day, "1021-06-25", "没有这一天"},
		{day, "21-6-25", "应为日期"},
		{day, "2021年6月", "应为日期"},
		{day, "6月25日", "应为日期"},
		{line, "一二三四五六七八九十一", "有11个字，最多10个字"},
		{line, "a\x00b", "控制字符"},
		{line, "a\x1bb", "控制字符"},
		{line, "a\xffb", "控制字符"},
		{line, "abc\u202Etxt", "控制字符"},
		{prose, "a\x07", "控制字符"},
		{person, "12345", "应为姓名"},
		{person, "**", "应为姓名"},
		{person, "张\x00三", "控制字符"},
		{person, strings.Repeat("张", 101), "最多100个字"},
		{phone, "1380000000", "电话号码"},
		{phone, "23800000000000", "电话号码"},
		{phone, "call me", "电话号码"},
		{card, "110105491231002", "15位的旧号码"},
		{card, "110105194912310021", "校验码不符"},
		{card, "11010519491232002X", "出生日期"},
		{card, "11010519490229002X", "出生日期"},
		{card, "11010517491231002X", "出生日期"},
		{card, "1101051949123100X2", "18位公民身份号码"},
		{card, "01010519491231002X", "18位公民身份号码"},
		{card, "护照E12345678", "18位公民身份号码"},
		{office, strings.Repeat("局", 101), "最多100个字"},
		{proof, "名单.xlsx", "请上传文件"},
		{proof, hashA, "请上传文件"},
		{proof, hashA[1:] + " 名单.xlsx", "请上传文件"},
		{proof, hashA + " ../passwd", "请上传文件"},
		{proof, hashA + ` a\b`, "请上传文件"},
		{proof, hashA + " ..", "请上传文件"},
		{proof, hashA + " " + strings.Repeat("长", 201), "请上传文件"},
		{proof, hashA + " a\x00b", "控制字符"},
		{proof, hashA + " gpj.\u202Eexe", "控制字符"},
		{proof, hashA + " a\n" + hashA + " b\n" + hashA + " c", "有3个附件，最多2个"},
		{choice, "已整改", "应为下列之一：整改到位、未整改"},
	} {
		got, fault := forms.Normalize(x.f, x.raw)
		if fault == nil || !strings.Contains(fault.Zh, x.want) || fault.En == "" {
			t.Errorf("%s %q: got %q, %+v; want a fault with %q", x.f.Type, x.raw, got, fault, x.want)
		}
		if want := strings.ToValidUTF8(x.raw, "\uFFFD"); got != want {
			t.Errorf("%s %q: not kept as typed but %q", x.f.Type, x.raw, got)
		}
	}
}

func TestDisplay(t *testing.T) {
	for _, x := range []struct {
		f               *forms.Field
		canonical, want string
	}{
		{count, "3019", "3,019"},
		{count, "37120", "37,120"},
		{count, "999", "999"},
		{count, "1234567", "1,234,567"},
		{count, "0", "0"},
		{count, "", ""},
		{count, "三千", "三千"},
		{money, "12.5", "12.50"},
		{money, "-1234.56", "-1,234.56"},
		{money, "-100", "-100.00"},
		{&forms.Field{Type: forms.Money, Decimals: 6}, "2.6", "2.60"}, // 万元 to the cent
		{&forms.Field{Type: forms.Money, Decimals: 6}, "2.600001", "2.600001"},
		{day, "2021-06-25", "2021年6月25日"},
		{day, "6月", "6月"},
		{line, "12345", "12345"},
		{proof, hashA + " 名单.xlsx\n" + hashB + " 照片 1.jpg", "名单.xlsx、照片 1.jpg"},
		{proof, "名单.xlsx", "名单.xlsx"},
		{proof, hashA + " 名单.xlsx\n？", hashA + " 名单.xlsx\n？"},
		{card, "11010519491231002X", "11010519491231002X"},
	} {
		if got := forms.Display(x.f, x.canonical); got != x.want {
			t.Errorf("%s %q: got %q, want %q", x.f.Type, x.canonical, got, x.want)
		}
	}
}

var allFields = []*forms.Field{count, money, percent, day, line, prose, person, phone, choice, card, office, proof}

// settled checks the laws of Normalize on one input: what it returns it leaves alone, with the
// same verdict; and print never loses a digit.
func settled(t interface{ Fatalf(string, ...any) }, f *forms.Field, raw string) {
	once, fault := forms.Normalize(f, raw)
	twice, again := forms.Normalize(f, once)
	if once != twice || (fault == nil) != (again == nil) {
		t.Fatalf("%s %q: %q (%v) becomes %q (%v)", f.Type, raw, once, fault, twice, again)
	}
	if back, fault := forms.Normalize(f, forms.Display(f, once)); fault == nil && back != once && f.Type != forms.Phone {
		t.Fatalf("%s %q is printed %q, which reads %q", f.Type, once, forms.Display(f, once), back)
	}
}

func TestNormalizeIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(allFields).Draw(t, "field")
		raw := rapid.OneOf(
			rapid.String(),
			rapid.StringOfN(rapid.SampledFrom([]rune("0123456789０１９,，.．。-－— 　+年月日/万元人转·张三A类\n\t\x00")), 0, 24, -1),
		).Draw(t, "raw")
		settled(t, f, raw)
	})
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"３，０１９", "2021年6月25日", "—", "张　三", "0595-22500000转801", "1.50", "a\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, x := range allFields {
			settled(t, x, raw)
		}
	})
}

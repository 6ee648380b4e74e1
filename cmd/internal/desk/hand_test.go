package desk

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

func TestDocumentNumber(t *testing.T) {
	for in, want := range map[string]string{
		"泉民函〔2021〕3号": "泉民函〔2021〕3号", " 泉民函[2021] 03号 ": "泉民函〔2021〕3号", "泉民函（2021）第12号": "泉民函〔2021〕12号", "泉民函【2021】3号": "泉民函〔2021〕3号", "": "",
	} {
		if got, err := DocumentNumber(in); got != want || err != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"3号", "泉民函2021-3", "泉民函〔2021〕号", "泉民函〔2021〕3", "〔2021〕3号", "泉民函〔21〕3号"} {
		if got, err := DocumentNumber(in); !errors.Is(err, ErrNumber) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

// What is proposed says which duty, by which clause, how late, what was said, and by when.
func TestProposedTexts(t *testing.T) {
	at := func(s string, hour, minute int) time.Time {
		return calendar.MustDate(s).At(calendar.TimeOfDay(hour*60 + minute))
	}
	f := fact{now: at("2021-06-30", 9, 0), basis: "《通知》（泉民保〔2021〕3号）二（三）3", contact: "黄样三，联系电话：19900000003", times: 3, until: calendar.MustDate("2021-07-02")}
	f.Title, f.Period = "特殊困难群体排查成效进度表", scheduler.Period{ID: "2021-06-25", Label: "2021年6月25日期"}
	f.DueDate, f.DueTime, f.State = calendar.MustDate("2021-06-25"), calendar.EndOfDay, scheduler.Pending
	f.Due = f.DueDate.At(f.DueTime)
	f.calls = []store.Call{
		{At: at("2021-06-29", 16, 0)},
		{At: at("2021-06-28", 10, 12), Answered: true, AnsweredBy: "林样一", Answer: "数据在复核。", Promised: at("2021-06-29", 12, 0)},
	}
	want := "根据《通知》（泉民保〔2021〕3号）二（三）3的要求，你单位应于2021年6月25日24:00前报送特殊困难群体排查成效进度表（2021年6月25日期）。截至2021年6月30日，已逾期5天，我局尚未收到。\n" +
		"其间，我局已提醒3次；6月28日10:12电话联系，林样一答复“数据在复核”，承诺于6月29日12:00前报送，届时未报。\n" +
		"请你单位抓紧办理，于2021年7月2日18:00前报送。如已报送，请忽略本函。\n特此函告。\n（联系人：黄样三，联系电话：19900000003）"
	if got := f.propose(store.Letter); got != want {
		t.Errorf("letter:\n%s\nwant\n%s", got, want)
	}
	if got := f.propose(store.LeaderCopy); strings.Contains(got, "你单位") || !strings.Contains(got, "您单位应于") || strings.Contains(got, "！") {
		t.Errorf("copy:\n%s", got)
	}
	f.State, f.ReturnedAt, f.Zero, f.calls = scheduler.Returned, at("2021-06-26", 9, 0), true, f.calls[:1]
	if got := f.propose(store.Letter); !strings.Contains(got, "报送材料于2021年6月26日退回") || !strings.Contains(got, "零报送") || !strings.Contains(got, "6月29日16:00电话联系，无人接听") {
		t.Errorf("returned:\n%s", got)
	}
	f.calls, f.times = nil, 0
	if got := f.propose(store.Slip); strings.Contains(got, "其间") || !strings.HasPrefix(got, "请你单位抓紧办理") {
		t.Errorf("slip:\n%s", got)
	}
}

package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
)

// autosaveEvery is how often the script saves what has changed.
const autosaveEvery = 20 * time.Second

// autosave is what the script calls now and then: it saves, and answers with the new sequence
// number. If somebody else saved meanwhile it says who and when, and saves nothing.
func (v *visit) autosave(w desk.View, x typed) error {
	seq, theirs, err := v.save(w, x, false)
	if errors.Is(err, store.ErrConflict) {
		return v.saved(http.StatusConflict, theirs.Seq, v.elsewhere(theirs))
	}
	if err != nil {
		return err
	}
	return v.saved(http.StatusOK, seq, v.T("已自动暂存 %s", v.HourMinute(v.now)))
}

func (v *visit) saved(status, seq int, text string) error {
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(status)
	v.wrote = true
	return ignoreGone(json.NewEncoder(v.w).Encode(struct {
		Seq   int    `json:"seq"`
		Saved string `json:"saved"`
	}{seq, text}))
}

// elsewhere tells the person at a page that it is not the only one.
func (v *visit) elsewhere(theirs store.Draft) string {
	if theirs.Seq == 0 {
		return v.T("这份报表已在别处上报或更改，本页填写的内容尚未保存。")
	}
	return v.T("%s已于 %s 在别处保存了这份草稿，本页填写的内容尚未保存。", theirs.ByName, v.HourMinute(theirs.SavedAt))
}

// scriptWords are what the script says, in the language of the page, as JSON.
func scriptWords(w Words) string {
	b, err := json.Marshal(map[string]string{
		"rows":    w.T("合计（%d 行）"),
		"pasted":  w.T("已填入 %d 个单元格"),
		"added":   w.T("增加 %d 行"),
		"fixed":   w.T("跳过 %d 个自动计算或只读的单元格"),
		"alien":   w.T("%d 个不在选项之内，未填入"),
		"over":    w.T("%d 个超出表格，未填入"),
		"stop":    w.T("；"),
		"undo":    w.T("撤销粘贴"),
		"undone":  w.T("已撤销粘贴，恢复原来的内容"),
		"late":    w.T("粘贴之后又有修改，不能撤销"),
		"leave":   w.T("填写的内容尚未保存。"),
		"failed":  w.T("未能暂存：网络或服务器暂时不通。填写的内容仍在本页，稍后会自动再试，请勿关闭本页。"),
		"expired": w.T("未能暂存：登录已过期。请在新窗口重新登录，本页会接着保存。"),
		"groups":  w.T("分组填报"),
		"group":   w.T("第%d组/共%d组，本组已填 %d/%d"),
		"back":    w.T("上一组"),
		"next":    w.T("下一组"),
		"choose":  w.T("选择一组"),
	})
	if err != nil { // strings always encode
		panic(err)
	}
	return string(b)
}

func autoSeconds(v fillView) string {
	if v.Own || v.Conflict != nil {
		return "0"
	}
	return strconv.Itoa(int(autosaveEvery.Seconds()))
}

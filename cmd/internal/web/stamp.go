package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// scanField is the field of the files of a stamped return.
const scanField = "scan"

// stampView is what the page of a duty says about its stamped return (盖章件).
type stampView struct {
	Pending bool
	Scans   []scanRow
	Prints  []link // the version in force, to be printed and stamped
	Upload  string // address; empty for who does not upload
	Version int    // the version in force
	Problem problemView
	Unread  bool // no code was read: only a person can say which version it is
}

// scanRow is one picture that came in.
type scanRow struct {
	Name, Size, Href string
	Version          int
	At, By           string
	How              string // how it was matched
	Void             string // why it counts no more; empty if it does
}

// stampOf is nil for a duty without a stamp, and before anything was sent.
func (v *visit) stampOf(w desk.View, versions []versionRow) (*stampView, error) {
	t := w.Task
	if !t.Stamped || t.Offline || t.Version == 0 {
		return nil, nil
	}
	scans, err := v.Store.Scans(v.ctx(), v.viewer(), t.ID)
	if err != nil {
		return nil, err
	}
	s := &stampView{Pending: t.StampPending, Version: t.Version}
	for _, x := range scans {
		row := scanRow{Name: x.Name, Size: size(x.Size), Href: dutyHref(t.ID) + "/file/" + x.Hash, Version: x.Version,
			At: v.Time(x.At), By: x.ByName, How: v.T("由%s核对版本", x.ByName)}
		if x.Matched == store.MatchedByCode {
			row.How = v.T("二维码相符")
		}
		switch {
		case !x.Void:
		case x.Version < t.Version:
			row.Void = v.T("已作废：报表已改为第 %d 版", t.Version)
		default:
			row.Void = v.T("已作废：第 %d 版已撤回或退回", x.Version)
		}
		s.Scans = append(s.Scans, row)
	}
	if len(versions) > 0 && t.State.In() {
		for _, f := range versions[0].Files {
			if strings.HasSuffix(f.Href, ".pdf") {
				s.Prints = append(s.Prints, f)
			}
		}
	}
	if v.clerkOf(t) && t.State.In() {
		s.Upload = dutyHref(t.ID) + "/stamp"
	}
	return s, nil
}

// stamp takes the pictures of a stamped return, or says at the form what is wrong with them.
func (v *visit) takeStamp() error {
	w, err := v.view(false)
	if err != nil {
		return err
	}
	if !v.clerkOf(w.Task) || !w.Task.Stamped {
		return store.ErrNotFound
	}
	if w.Task.Offline {
		return store.ErrOffline
	}
	if err := v.readParts(); err != nil {
		return err
	}
	var ups []desk.Upload
	for _, p := range v.uploaded {
		if p.Field == scanField {
			ups = append(ups, p.Upload)
		}
	}
	if !w.Task.State.In() {
		return scheduler.ErrNotNow
	}
	if len(ups) == 0 {
		return v.stampProblem(v.T("请先选择盖章件的扫描件或照片。"), false)
	}
	confirmed, _ := strconv.Atoi(v.r.PostForm.Get("confirm")) // not a number: nothing was confirmed
	_, err = v.Desk.Stamp(v.ctx(), v.viewer(), w.Task.ID, max(confirmed, 0), ups, v.now)
	var mismatch *desk.MismatchError
	var refused *desk.FileError
	switch {
	case errors.Is(err, desk.ErrUnread):
		return v.stampProblem(v.T("没有从图中认出二维码。请核对纸质件上的版次和校验码，勾选下方的确认后再次上传；也可以重新拍摄清晰、平整的照片。"), true)
	case errors.As(err, &mismatch):
		return v.stampProblem(v.either(mismatch.Verdict.Zh, mismatch.Verdict.En), false)
	case errors.As(err, &refused):
		return v.stampProblem(v.T("%s：%s", refused.Name, v.either(refused.Fault.Zh, refused.Fault.En)), false)
	case err != nil:
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "?done=stamped")
}

// either picks the text in the language of the page of two that come from elsewhere.
func (w Words) either(zh, en string) string {
	if w.Lang == English {
		return en
	}
	return zh
}

func (v *visit) stampProblem(text string, unread bool) error {
	return v.showDuty(http.StatusUnprocessableEntity, says{Stamp: problemView{Target: scanField, Text: text}, Unread: unread})
}

// Valid reports whether some picture shows the version in force.
func (s *stampView) Valid() bool {
	for _, x := range s.Scans {
		if x.Void == "" {
			return true
		}
	}
	return false
}

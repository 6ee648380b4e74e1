package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// PreviewOptions are what a Preview is made of. Load, Clock and Formats are required.
type PreviewOptions struct {
	// Load reads the form anew. What is wrong with it is shown in place of the form.
	Load    func() (*forms.Form, error)
	Name    string // of the form's file, as shown
	Clock   clock.Clock
	Formats []Format // the printed faces; those called html and pdf are shown within the page
	Version string   // of the program
	Logger  *slog.Logger
}

// Preview shows one form in every state, to whoever writes it: empty, as a draft, with errors, as a
// zero report, as sent, printed, on a phone, and the part of each section. The pages are those
// that clerks get, made by the same templates, each in a frame with a list of the states; what
// stands in them is invented. Nothing is stored: what is typed and posted is checked and shown
// again. Each answer reads the form anew, so that its writer sees an edit with the next reload.
type Preview struct {
	PreviewOptions
	server *Server
}

// NewPreview returns a preview. It is an error if an option is missing.
func NewPreview(o PreviewOptions) (*Preview, error) {
	if o.Load == nil || o.Clock == nil || len(o.Formats) == 0 {
		return nil, errors.New("web: a preview needs Load, Clock and Formats")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{Options: Options{Clock: o.Clock, Logger: o.Logger, Version: o.Version}}
	var err error
	s.assets, err = loadAssets()
	return &Preview{o, s}, err
}

// previewState is one state of the form, and how its tab is called.
type previewState struct{ id, zh, en string }

// states are those that the form has.
func (p *Preview) states(f *forms.Form) []previewState {
	out := []previewState{{"empty", "空表", "Empty"}, {"draft", "草稿", "Draft"}, {"errors", "有误", "Errors"},
		{"zero", "零报送", "Zero report"}, {"sent", "已报只读", "Sent, read-only"}, {"printed", "打印", "Printed"}, {"phone", "手机", "Phone"}}
	if f != nil {
		for _, s := range f.Sections {
			out = append(out, previewState{"section-" + s.ID, s.Name, s.Name})
		}
	}
	return out
}

// previewFile is one answer: its content by its address.
type previewFile struct {
	media, policy string
	content       []byte
}

const (
	htmlMedia = "text/html; charset=utf-8"
	// A frame may use its own styles and show the pages in it; nothing of this is served to clerks.
	framePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; object-src 'self'; base-uri 'none'; frame-ancestors 'self'"
	printPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)

// framedPolicy is that of the clerks' pages, but a frame of ours may show them.
var framedPolicy = strings.Replace(contentPolicy, "frame-ancestors 'none'", "frame-ancestors 'self'", 1)

// previewAddress is that of a page of the preview: draft.html is the frame around draft.page.html, and with .en
// both are in English. They are relative, so that the pages work as files too.
func previewAddress(state string, inner bool, l Lang) string {
	if inner {
		state += ".page"
	}
	if l == English {
		state += ".en"
	}
	return state + ".html"
}

// preview is one look at the form.
type preview struct {
	*Preview
	Words
	now    time.Time
	form   *forms.Form
	wrong  string // why there is no form
	sample sampler
}

func (p *Preview) look(w Words, now time.Time) preview {
	x := preview{Preview: p, Words: w, now: now}
	f, err := p.Load()
	if err != nil {
		x.wrong = err.Error()
	} else {
		x.form, x.sample = f, newSampler(f)
	}
	return x
}

// file makes the answer for an address; ok is false if there is none.
func (x preview) file(ctx context.Context, name string) (f previewFile, ok bool, err error) {
	if a, ok := x.server.assets.byFile[strings.TrimPrefix(name, "static/")]; ok && strings.HasPrefix(name, "static/") {
		return previewFile{a.mediaType, contentPolicy, a.plain}, true, nil
	}
	for _, format := range x.Formats {
		for _, sheet := range []string{"printed", "blank", "zero"} {
			if name == sheet+"."+format.Ext && format.Ext != "html" || name == sheet+".sheet.html" && format.Ext == "html" {
				return x.printed(sheet, format)
			}
		}
	}
	for _, s := range x.states(x.form) {
		for _, l := range []Lang{Chinese, English} {
			x.Words = Words{l}
			var c templ.Component
			policy := framePolicy
			switch name {
			case previewAddress(s.id, false, l):
				c = previewFrame(x, s)
			case previewAddress(s.id, true, l):
				if x.form == nil || s.id == "printed" || s.id == "phone" {
					return f, false, nil
				}
				c, policy = x.page(s, nil), framedPolicy
			default:
				continue
			}
			var b bytes.Buffer
			err := c.Render(ctx, &b)
			return previewFile{htmlMedia, policy, b.Bytes()}, true, err
		}
	}
	return f, false, nil
}

// printed draws the form as one of the files people get.
func (x preview) printed(sheet string, format Format) (previewFile, bool, error) {
	if x.form == nil {
		return previewFile{}, false, nil
	}
	var b bytes.Buffer
	err := format.Encode(&b, x.document(sheet))
	return previewFile{format.MediaType, printPolicy, b.Bytes()}, true, err
}

// document is the form with the values of a state.
func (x preview) document(sheet string) render.Document {
	im := render.Imprint{Office: sampleUnit + "民政局", Date: samplePeriod, Phone: samplePhone, Clerk: sampleName(0), Place: sampleUnit,
		Period: samplePeriodLabel, Footer: "预览", Made: x.now}
	switch sheet {
	case "blank":
		s := forms.Sheet{}
		if x.form.Kind == forms.Table {
			s.Rows = []forms.Row{{}}
		}
		return render.Single(x.form, s, render.Imprint{Place: sampleUnit, Made: x.now})
	case "zero":
		return render.Single(x.form, forms.Sheet{Zero: true}, im)
	}
	return render.Single(x.form, x.sample.draft(), im)
}

// page is what a clerk sees of a state; typed is what was posted to it, nil at first.
func (x preview) page(s previewState, t *typed) templ.Component {
	p := page{Words: x.Words, Title: x.form.Title, Now: x.now, Version: x.Version, Other: previewAddress(s.id, true, otherLang(x.Lang)),
		Style: strings.TrimPrefix(x.server.assets.path("style.css"), "/"), Script: strings.TrimPrefix(x.server.assets.path("fill.js"), "/"), Wide: true}
	if s.id == "zero" || s.id == "sent" {
		return x.sentPage(p, s)
	}
	p.Entry = true
	f := fillView{Title: x.form.Title, Unit: sampleUnit, Period: samplePeriodLabel, Back: "#", Action: previewAddress(s.id, true, x.Lang),
		Due: x.Due(calendar.MustDate(samplePeriod), calendar.EndOfDay), Status: status{Class: "blue", Icon: "half", Word: x.T("草稿")}, UUID: uuid.Nil.String(), SubmitWord: x.T("上报"),
		Zero: previewAddress("zero", true, x.Lang), Files: hasFiles([]*forms.Form{x.form})}
	in := sheetInput{Form: x.form, Stub: sampleUnit, Baseline: x.sample.context().Baseline, Opening: x.sample.context().Opening[x.form.ID], Edit: true, ZeroOK: true, Rows: 1, Units: sampleUnits}
	if id, ok := strings.CutPrefix(s.id, "section-"); ok {
		in.Section, f.Part, f.Zero = id, s.zh, ""
		f.Whole = previewAddress("draft", true, x.Lang)
		for _, other := range x.form.Sections {
			f.Parts = append(f.Parts, partView{Name: other.Name, Href: previewAddress("section-"+other.ID, true, x.Lang), Here: other.ID == id, State: x.T("填报中")})
		}
	}
	var problems []forms.Problem
	switch {
	case t != nil:
		in.Sheet, in.Rows = t.Content[x.form.ID], max(t.Shown[x.form.ID], 1)
		f.Saved = x.T("校验通过，可以上报")
		problems = x.form.Check(in.Sheet, x.sample.context())
		f.Guard = true
	case s.id == "empty":
		f.Status = status{Class: "blue", Icon: "ring", Word: x.T("待报")}
	case s.id == "errors":
		in.Sheet = x.sample.errors().sheet
		problems = x.form.Check(in.Sheet, x.sample.context())
	default:
		in.Sheet = x.sample.draft()
		f.Saved = x.T("已暂存 %s", x.Time(x.now))
	}
	in.Problems = problems
	f.Problems, f.Open = x.listed(problems, []*forms.Form{x.form})
	if p.Problem = len(f.Problems) > 0; p.Problem {
		f.Saved = ""
	}
	f.Sheets = []sheetView{x.sheet(in)}
	return fillPageView(p, f)
}

// sentPage is a return as its reader sees it.
func (x preview) sentPage(p page, s previewState) templ.Component {
	st := status{Class: "teal", Icon: "disc", Word: x.T("已报待审")}
	sheet := x.sample.draft()
	if s.id == "zero" {
		sheet, st.Tags = forms.Sheet{Zero: true}, []tag{{"green", x.T("零报送")}}
	}
	return previewSent(p, sampleUnit+" · "+samplePeriodLabel, st, x.sheet(sheetInput{Form: x.form, Sheet: sheet, Stub: sampleUnit, Baseline: x.sample.context().Baseline, Opening: x.sample.context().Opening[x.form.ID]}))
}

func otherLang(l Lang) Lang {
	if l == English {
		return Chinese
	}
	return English
}

// bilingual is for what only the writer of a form reads.
func (w Words) bilingual(zh, en string) string {
	if w.Lang == English {
		return en
	}
	return zh
}

package stamp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// State is what the codes of a scan say about the return it was uploaded for.
type State int

// The states, from the best to the worst but for Unread, which says nothing.
const (
	Unread     State = iota // no code was read: whoever uploads confirms the version on screen
	Complete                // every page of this return, in this version
	Incomplete              // this return, but pages are missing
	OtherForm               // of this duty, but a form that was not asked for
	Changed                 // this version by its number, but other content
	Older                   // an earlier version: the return was changed after it was stamped
	Newer                   // a later version than the one asked about
	OtherDuty               // another unit's, period's or matter's return
)

// Verdict is Match's answer.
type Verdict struct {
	State   State
	Missing []Gap  // what is not there, by form; only if Incomplete
	Strays  []Code // the codes that do not belong, if any
	Zh, En  string // what it means and what to do; forms and duties by their ids (see Named)
	stray   Code   // the one that decided
	version int    // that was asked about
}

// Named is the verdict in words that call forms and duties as people do.
func (v Verdict) Named(form, duty func(id string) string) Verdict {
	v.Zh, v.En = v.say(form, duty)
	return v
}

// Gap is the pages that one form lacks.
type Gap struct {
	Form  string
	Pages []int // missing, from 1
	Of    int   // pages of the form; 0 if none of it was read
}

// Match compares the codes that were read with a return: its duty, version and content hash
// (the whole hexadecimal digest or its beginning). forms are the ids of the forms that must be
// there; if none are given, those that are found must be whole. One stray page decides: a pile
// of scans that mixes returns is to be sorted by a person.
func Match(codes []Code, duty string, version int, hash string, forms ...string) Verdict {
	if len(codes) == 0 {
		return Verdict{State: Unread,
			Zh: "没有从图中认出二维码。请核对纸质件上的版次和校验码，在下面选定所盖章的版本；也可以重新拍摄清晰、平整的照片。",
			En: "No code could be read. Please compare version and check code on the paper and choose the version that was stamped, or take a sharper picture."}
	}
	v := Verdict{State: Complete, version: version}
	pages := map[string][]int{}
	of := map[string]int{}
	order := slices.Clone(forms)
	for _, c := range codes {
		s := c.against(duty, version, hash, forms)
		if s != Complete {
			v.Strays = append(v.Strays, c)
			if s > v.State {
				v.State, v.stray = s, c
			}
			continue
		}
		if !slices.Contains(order, c.Form) {
			order = append(order, c.Form)
		}
		pages[c.Form] = append(pages[c.Form], c.Page)
		of[c.Form] = max(of[c.Form], c.Pages)
	}
	if v.State == Complete {
		for _, f := range order {
			g := Gap{Form: f, Of: of[f]}
			for p := 1; p <= of[f]; p++ {
				if !slices.Contains(pages[f], p) {
					g.Pages = append(g.Pages, p)
				}
			}
			if len(g.Pages) > 0 || g.Of == 0 {
				v.Missing, v.State = append(v.Missing, g), Incomplete
			}
		}
	}
	id := func(id string) string { return id }
	return v.Named(id, id)
}

// against judges a single code.
func (c Code) against(duty string, version int, hash string, forms []string) State {
	switch {
	case c.Duty != duty:
		return OtherDuty
	case c.Version < version:
		return Older
	case c.Version > version:
		return Newer
	case c.Hash == "" || !strings.HasPrefix(hash, c.Hash):
		return Changed
	case len(forms) > 0 && !slices.Contains(forms, c.Form):
		return OtherForm
	}
	return Complete
}

// say puts the verdict into words.
func (v Verdict) say(form, duty func(id string) string) (zh, en string) {
	stray, version := v.stray, v.version
	switch v.State {
	case Unread:
		return v.Zh, v.En
	case Complete:
		return fmt.Sprintf("盖章件与第%d版一致，页数齐全。", version), fmt.Sprintf("The stamped copy is of version %d, and all its pages are there.", version)
	case Incomplete:
		var what, whatEn []string
		for _, g := range v.Missing {
			if g.Of == 0 {
				what, whatEn = append(what, form(g.Form)+"（全部）"), append(whatEn, form(g.Form)+" (all of it)")
				continue
			}
			what = append(what, fmt.Sprintf("%s第%s页（共%d页）", form(g.Form), numbers(g.Pages, "、"), g.Of))
			whatEn = append(whatEn, fmt.Sprintf("%s page %s of %d", form(g.Form), numbers(g.Pages, ", "), g.Of))
		}
		return "盖章件缺页，未认出：" + strings.Join(what, "；") + "。请补传；这些页已在图中的，请人工确认。",
			"Pages are missing or could not be read: " + strings.Join(whatEn, "; ") + ". Please add them, or confirm that they are in the picture."
	case OtherForm:
		return fmt.Sprintf("图中有另一张表（%s），不是这里要的盖章件。请核对后重新上传。", form(stray.Form)),
			fmt.Sprintf("The scan holds another form (%s). Please check and upload the right one.", form(stray.Form))
	case Changed:
		return fmt.Sprintf("盖章件标明第%d版，但内容与系统中的第%d版不同（校验码不符）。请重新打印、盖章后再上传。", stray.Version, version),
			fmt.Sprintf("The paper says version %d, but its content is not that of version %d (the check codes differ). Please print and stamp it again.", stray.Version, version)
	case Older:
		return fmt.Sprintf("盖章的是第%d版，现在是第%d版：报表改动后原盖章件作废。请打印第%d版，盖章后再上传。", stray.Version, version, version),
			fmt.Sprintf("Version %d was stamped, and the return is now at version %d: a changed return voids its stamp. Please print version %d, stamp it, and upload that.", stray.Version, version, version)
	case Newer:
		return fmt.Sprintf("盖章的是第%d版，比这里的第%d版新。请在最新版的页面上传。", stray.Version, version),
			fmt.Sprintf("Version %d was stamped, which is later than version %d shown here. Please upload it to the latest version.", stray.Version, version)
	default:
		return fmt.Sprintf("图中有另一份报送材料的盖章件（%s）。请核对单位、期次和事项后重新上传。", duty(stray.Duty)),
			fmt.Sprintf("The scan holds a page of another return (%s). Please check unit, period and matter, and upload the right one.", duty(stray.Duty))
	}
}

func numbers(list []int, sep string) string {
	var out []string
	for _, n := range list {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, sep)
}

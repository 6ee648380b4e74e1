package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/baosong/baosong/config/strict"
)

// Load reads a catalogue folder that brings everything with it; see LoadOver.
func Load(fsys fs.FS) (*Catalogue, error) { return LoadOver(fsys, nil) }

// LoadOver reads a catalogue folder. Its files are YAML, read strictly:
//
//	catalogue.yaml                  what holds for all directives: hours, ladders; may be left out
//	units.yaml                      the tree of units, in the order of official tables
//	units/*.yaml                    more of them, read in the order of names
//	workdays/2021.yaml              the State Council's holiday arrangement of a year
//	quanzhou-2021/directive.yaml    a folder for each directive, named by its id
//	quanzhou-2021/forms/*.yaml      its forms (see forms.Load)
//	quanzhou-2021/baselines/*.yaml  figures handed down, laid out in one of its forms
//	delegations/*.yaml              obligations that a unit passes on to units below it
//
// A folder that holds a directive.yaml itself is a catalogue of that one directive. If the
// folder has no units.yaml, or lacks the working days of a year, these are taken from
// defaults (which may be nil): an operator's folder need not repeat them. Files that are
// not YAML, and names that begin with a dot, are passed over; YAML in any other place is a
// problem, because it would silently mean nothing.
//
// The error is a strict.Problems with everything that is wrong in all files, in order of
// file and line; or an error of the file system, wrapped.
//
// A printed total that is not the sum of its rows is a warning, kept in Catalogue.Warnings,
// not a problem: a printed document is held as issued, misprints included, and a total that
// was summed wrongly in an office is no reason to refuse the figures of the counties.
func LoadOver(fsys, defaults fs.FS) (*Catalogue, error) { return LoadMade(fsys, defaults, nil) }

// LoadMade is LoadOver with files that were made in the browser, by their path in the catalogue:
// directives and their forms, held to the same rules. None may take the place of a file of the
// folder, join a directive of it, or be anything but a directive.yaml or a form: what the operator
// has written stands, and what all directives rest on is the operator's.
func LoadMade(fsys, defaults fs.FS, made map[string][]byte) (*Catalogue, error) {
	l := &loader{
		cat:     &Catalogue{},
		found:   map[string]*folder{},
		unitPos: map[string]strict.Pos{},
		read:    map[string][]byte{},
	}
	if err := l.gather(fsys); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	l.add(made)
	if defaults != nil {
		if err := l.fill(defaults); err != nil {
			return nil, fmt.Errorf("read default catalogue: %w", err)
		}
	}
	l.loadUnits()
	l.loadWorkdays()
	if len(l.found) == 0 {
		l.problem(strict.Problem{File: ".", Message: "holds no directive: make a folder for it, named by its id, with a directive.yaml"})
	}
	l.loadSettings()
	for _, name := range slices.Sorted(maps.Keys(l.found)) {
		l.loadDirective(l.found[name])
	}
	l.checkLadders()
	l.loadDelegations()
	if err := l.problems.Err(); err != nil {
		return nil, err
	}
	l.cat.Warnings.Sort()
	l.cat.Version = l.version()
	return l.cat, nil
}

// loader is one run of Load.
type loader struct {
	cat      *Catalogue
	read     map[string][]byte // files of the catalogue by path
	units    string            // path of units.yaml; empty if there is none
	workdays []string          // paths
	lent     []string          // paths of the defaults' working days
	found    map[string]*folder
	unitPos  map[string]strict.Pos
	problems strict.Problems

	moreUnits   []string // paths of units/*.yaml
	delegations []string // paths
	settings    string   // path of catalogue.yaml; empty if there is none
	hours       OfficeHours
	ladders     map[string]Rungs      // by name
	unused      map[string]strict.Pos // of them, those that nobody has named
	climbs      Climb                 // of the directive being loaded
}

// folder is what was found of one directive.
type folder struct {
	name      string // "." for the catalogue folder itself
	directive string // path of directive.yaml; empty if there is none
	forms     []string
	baselines []string
}

func (l *loader) problem(p ...strict.Problem) { l.problems = append(l.problems, p...) }

func (l *loader) warn(p ...strict.Problem) { l.cat.Warnings = append(l.cat.Warnings, p...) }

// told reports whether a problem at pos, or of a part of it, is recorded already: what
// follows from a fault is not told again.
func (l *loader) told(pos strict.Pos) bool {
	return slices.ContainsFunc(l.problems, func(p strict.Problem) bool {
		below, ok := strings.CutPrefix(p.Path, pos.Path)
		return p.File == pos.File && ok && (below == "" || below[0] == '.' || below[0] == '[')
	})
}

// gather finds and reads the files of a catalogue folder, in lexical order.
func (l *loader) gather(fsys fs.FS) error {
	_, err := fs.Stat(fsys, "directive.yaml")
	single := err == nil
	return fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(path.Base(name), ".") && name != "."
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden || entry.IsDir():
			return nil
		}
		switch path.Ext(name) {
		case ".yaml":
			if !l.place(name, single) {
				l.problem(strict.Problem{File: name, Message: "is in a place where nothing is read: a catalogue has catalogue.yaml, units.yaml, units/, workdays/, delegations/, and for each directive a folder with directive.yaml, forms/ and baselines/"})
				return nil
			}
			l.read[name], err = fs.ReadFile(fsys, name)
			return err
		case ".yml":
			l.problem(strict.Problem{File: name, Message: "is not read: rename it to end in .yaml"})
		}
		return nil
	})
}

// add takes the files made in the browser, in order of path.
func (l *loader) add(made map[string][]byte) {
	ours := map[string]bool{}
	for name := range l.found {
		ours[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		id, rest, _ := strings.Cut(name, "/")
		switch {
		case ours[id] || ours["."]:
			l.problem(strict.Problem{File: name, Message: "would stand in a folder of the operator's catalogue: give the directive another id"})
		case rest != "directive.yaml" && (path.Dir(rest) != "forms" || path.Ext(rest) != ".yaml") || !l.place(name, false):
			l.problem(strict.Problem{File: name, Message: "is neither a directive.yaml nor a form: nothing else can be made in the browser"})
		default:
			l.read[name] = made[name]
		}
	}
}

// place says where a file belongs, and whether it belongs anywhere.
func (l *loader) place(name string, single bool) bool {
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	above, kind := path.Split(dir)
	above = strings.TrimSuffix(above, "/")
	switch {
	case dir == "" && base == "units.yaml":
		l.units = name
	case dir == "" && base == "catalogue.yaml":
		l.settings = name
	case dir == "units":
		l.moreUnits = append(l.moreUnits, name)
	case dir == "delegations":
		l.delegations = append(l.delegations, name)
	case dir == "workdays":
		l.workdays = append(l.workdays, name)
	case base == "directive.yaml" && (dir == "" && single || dir != "" && above == "" && !single):
		l.folder(dir).directive = name
	case (kind == "forms" || kind == "baselines") && single == (above == "") && !strings.Contains(above, "/"):
		if kind == "forms" {
			l.folder(above).forms = append(l.folder(above).forms, name)
		} else {
			l.folder(above).baselines = append(l.folder(above).baselines, name)
		}
	default:
		return false
	}
	return true
}

func (l *loader) folder(dir string) *folder {
	if dir == "" {
		dir = "."
	}
	if l.found[dir] == nil {
		l.found[dir] = &folder{name: dir}
	}
	return l.found[dir]
}

// fill takes units and years of working days from the defaults where the folder has none.
func (l *loader) fill(defaults fs.FS) error {
	if l.units == "" && len(l.moreUnits) == 0 {
		more, err := fs.Glob(defaults, "units/*.yaml")
		if err != nil {
			return err
		}
		for _, name := range append([]string{"units.yaml"}, more...) {
			data, err := fs.ReadFile(defaults, name)
			switch {
			case errors.Is(err, fs.ErrNotExist): // without them: said where units are loaded
				continue
			case err != nil:
				return err
			case name == "units.yaml":
				l.units = name
			default:
				l.moreUnits = append(l.moreUnits, name)
			}
			l.read[name] = data
		}
	}
	return l.lendWorkdays(defaults)
}

// version is the hex SHA-256 over the sorted paths and the bytes of all files read, each
// with its length, so that no two catalogues share one by moving a line to another file.
func (l *loader) version() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l.read)) {
		fmt.Fprintf(h, "%s\n%d\n", name, len(l.read[name]))
		h.Write(l.read[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// decode reads one file into a struct and keeps its problems. It reports whether there were none.
func (l *loader) decode(name string, into any) bool {
	ps := strict.As(strict.Decode(name, l.read[name], into), name)
	l.problem(ps...)
	return len(ps) == 0
}

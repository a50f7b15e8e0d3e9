// Package pat recognizes how a repository uses panther_analysis_tool (PAT), Panther's own
// tool: its settings file, its commands in pipelines, scripts and Makefiles, and the files
// that belong to it. It says what replaces each of them in pdac.
//
// The facts about that tool come from its public README and from how public repositories
// call it.
package pat

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Fate says what happens to a part of a set-up.
type Fate string

// The fates.
const (
	// Mapped is what the set-up of pdac contains already.
	Mapped Fate = "mapped"
	// ByHand is what somebody has to replace or remove.
	ByHand Fate = "by hand"
	// NoCounterpart is what pdac can't do.
	NoCounterpart Fate = "no counterpart"
)

// A Finding is one use of PAT, and what becomes of it.
type Finding struct {
	Path string
	// Line counts from 1; 0 is the file as a whole.
	Line int
	// Text is what is written there, on one line.
	Text string
	// Becomes says what replaces it.
	Becomes string
	Fate    Fate
}

// Settings are those of a settings file that pdac.yaml can have.
type Settings struct {
	Host string
	// Exclude and Only are globs of files that are no content, or the only content.
	Exclude, Only []string
	// Tables are further tables that queries may use; AnyTable allows all.
	Tables   []string
	AnyTable bool
	// TestArgs are arguments of pdac test.
	TestArgs []string
}

// Found is what was recognized.
type Found struct {
	Findings []Finding
	Settings Settings
	// SettingsFile is the path of the settings file, or "". HasToken says that it
	// has an API token.
	SettingsFile string
	HasToken     bool
	// Idle lists the files that nothing needs any more once pdac is set up, sorted:
	// pipelines that only run PAT, and settings that all have a place in pdac.yaml.
	Idle []string
	// Unread lists files that might use PAT and could not be read, with the reason.
	Unread []string
}

// Any reports whether the repository uses PAT at all. A list of retired ids alone
// is no such use.
func (f Found) Any() bool {
	return slices.ContainsFunc(f.Findings, func(x Finding) bool { return path.Base(x.Path) != deprecatedFile })
}

// KeepUploads says why uploads must stay, and takes the pipelines that upload off the idle
// files: the repository has content that only an upload deploys.
func (f *Found) KeepUploads(why string) {
	uploads := map[string]bool{}
	for i, x := range f.Findings {
		if x.Fate == ByHand && uploading.MatchString(x.Text) {
			uploads[x.Path] = true
			f.Findings[i].Becomes += "; keep it for now: " + why
		}
	}
	f.Idle = slices.DeleteFunc(f.Idle, func(name string) bool { return uploads[name] })
}

const (
	settingsFile   = ".panther_settings.yml"
	deprecatedFile = "deprecated.txt"
	versionsFile   = ".versions.yml"
	rootMark       = ".pat-root"
)

// Limits of what is read.
const (
	maxBytes = 1 << 20
	maxFiles = 500
)

// Options says where to look.
type Options struct {
	// Folder is the folder of the detections, with slashes; "." is the whole
	// repository. Settings and lists are looked for there and at the top.
	Folder string
}

// Find looks through the files of a repository that may call PAT.
func Find(files fs.FS, o Options) (Found, error) {
	s := &search{files: files, folder: cmp.Or(path.Clean(o.Folder), ".")}
	names, err := s.candidates()
	if err != nil {
		return Found{}, err
	}
	for _, name := range names {
		src, err := s.read(name)
		if err != nil {
			s.found.Unread = append(s.found.Unread, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		s.file(name, src)
	}
	slices.SortStableFunc(s.found.Findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line)
	})
	slices.Sort(s.found.Idle)
	return s.found, nil
}

type search struct {
	files  fs.FS
	folder string
	found  Found
}

// patterns are the files that call programs, from the top of the repository.
var patterns = []string{
	".github/workflows/*.yml", ".github/workflows/*.yaml", ".github/actions/*/action.yml", ".github/actions/*/action.yaml", ".github/scripts/*",
	".gitlab-ci.yml", ".gitlab/*.yml", ".gitlab/ci/*.yml", ".circleci/config.yml", ".buildkite/*.yml", ".drone.yml", ".travis.yml",
	"bitbucket-pipelines.yml", "azure-pipelines.yml", ".azure-pipelines/*.yml", "buildspec.yml", "buildspec*.yml", "Jenkinsfile", "cloudbuild.yaml",
	"Makefile", "makefile", "GNUmakefile", "*.mk", "justfile", "Justfile", "Taskfile.yml", "Dockerfile", "docker-compose.yml", "*.sh", "tox.ini", "noxfile.py",
	"Pipfile", "pyproject.toml", "requirements*.txt", "setup.cfg", "package.json", ".pre-commit-config.yaml",
	"scripts/*", ".scripts/*", "bin/*", "ci/*",
}

// own are the files of PAT itself.
var own = []string{settingsFile, deprecatedFile, versionsFile, rootMark}

// candidates lists the files to read, each once.
func (s *search) candidates() ([]string, error) {
	seen := map[string]bool{}
	var out []string
	for _, folder := range slices.Compact([]string{".", s.folder}) {
		for _, pattern := range append(slices.Clone(own), patterns...) {
			names, err := fs.Glob(s.files, path.Join(folder, pattern))
			if err != nil {
				return nil, fmt.Errorf("look for files of panther_analysis_tool: %w", err)
			}
			for _, name := range names {
				if info, err := fs.Stat(s.files, name); err != nil || !info.Mode().IsRegular() || seen[name] {
					continue
				}
				if seen[name] = true; len(out) < maxFiles {
					out = append(out, name)
				}
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

var errLarge = errors.New("it is too large to look through")

func (s *search) read(name string) ([]byte, error) {
	info, err := fs.Stat(s.files, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBytes {
		return nil, errLarge
	}
	return fs.ReadFile(s.files, name)
}

func (s *search) add(name string, line int, fate Fate, text, becomes string) {
	s.found.Findings = append(s.found.Findings, Finding{name, line, oneLine(text), becomes, fate})
}

// file recognizes one file.
func (s *search) file(name string, src []byte) {
	switch base := path.Base(name); {
	case base == settingsFile:
		s.settings(name, src)
	case base == deprecatedFile:
		s.add(name, 0, Mapped, base, "stays: pdac lint reports listed ids that still have a spec (PD512). Deleting the listed ids from Panther has no counterpart: pdac deletes only what it deployed itself, with pdac apply --allow-delete")
	case base == versionsFile:
		s.add(name, 0, NoCounterpart, base, "stays for pat install and pat update, which pdac does not have")
	case base == rootMark:
		s.add(name, 0, Mapped, base, "pdac.yaml marks the root; delete this file when nobody runs PAT any more")
	default:
		if !mayCall(src) {
			return
		}
		before := len(s.found.Findings)
		s.commands(name, src)
		if isPipeline(name) {
			if rest := s.found.Findings[before:]; len(rest) > 0 && onlyRunsPAT(src) && !slices.ContainsFunc(rest, func(f Finding) bool { return f.Fate == NoCounterpart }) {
				s.found.Idle = append(s.found.Idle, name)
			}
		}
	}
}

func isPipeline(name string) bool { return strings.HasPrefix(name, ".github/workflows/") }

const maxText = 100

// oneLine shortens a text for a report.
func oneLine(text string) string {
	out := []rune(strings.Join(strings.Fields(text), " "))
	if len(out) > maxText {
		return string(out[:maxText-1]) + "…"
	}
	return string(out)
}

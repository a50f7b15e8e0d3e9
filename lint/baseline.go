package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/readfile"
)

// baselineFormatVersion is the version of a baseline's file. New keys may be added
// under the same major version.
const baselineFormatVersion = "1.0"

// Baseline holds findings that are known, so that only new ones count.
type Baseline struct {
	// Entries are sorted by path, rule and fingerprint.
	Entries []BaselineEntry
}

// BaselineEntry is a known finding. Only the fingerprint is compared; the rest is
// for people.
type BaselineEntry struct {
	Rule        string `json:"rule"`
	Path        string `json:"path"`
	Message     string `json:"message"`
	Fingerprint string `json:"fingerprint"`
}

func (e BaselineEntry) compare(o BaselineEntry) int {
	for _, c := range []int{strings.Compare(e.Path, o.Path), strings.Compare(e.Rule, o.Rule), strings.Compare(e.Fingerprint, o.Fingerprint)} {
		if c != 0 {
			return c
		}
	}
	return 0
}

// Baseline returns a baseline of everything that the run found in the whole
// repository, whatever part of it is shown.
func (r *Result) Baseline() *Baseline {
	b := &Baseline{}
	for _, f := range r.all {
		b.Entries = append(b.Entries, BaselineEntry{Rule: f.Rule, Path: f.Path, Message: f.Message, Fingerprint: f.Fingerprint})
	}
	slices.SortFunc(b.Entries, BaselineEntry.compare)
	return b
}

// Write writes the baseline to a file that a person named, as a whole or not at all.
func (b *Baseline) Write(path string) error {
	text, err := b.Encode()
	if err != nil {
		return err
	}
	err = atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the baseline to %q: %w", path, err)
	}
	return nil
}

// WriteIn writes the baseline to a file below a repository's folder, which is what
// its settings may name, and to nothing outside it.
func (b *Baseline) WriteIn(root, name string) error {
	text, err := b.Encode()
	if err != nil {
		return err
	}
	disk, err := atomicfile.OpenFolder(root)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := disk.Replace(path.Clean(name), text); err != nil {
		return fmt.Errorf("write the baseline to %q, as pdac.yaml says: %w; --baseline FILE may name any file", name, err)
	}
	return nil
}

// Encode makes the text of the file: an entry per line, so that two branches
// merge, and the same findings give the same bytes.
func (b *Baseline) Encode() ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  \"format_version\": %q,\n  \"findings\": [", baselineFormatVersion)
	for i, e := range b.Entries {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n    ")
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			return nil, fmt.Errorf("write the baseline: %w", err)
		}
		out.Truncate(out.Len() - 1)
	}
	if len(b.Entries) > 0 {
		out.WriteString("\n  ")
	}
	out.WriteString("]\n}\n")
	return out.Bytes(), nil
}

// maxBaselineBytes bounds a baseline's file.
const maxBaselineBytes = 64 << 20

// ReadBaseline reads a baseline's file.
func ReadBaseline(path string) (*Baseline, error) {
	text, err := readfile.Bounded(path, maxBaselineBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the baseline %q does not exist; --write-baseline creates it", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the baseline: %w", err)
	}
	b, err := parseBaseline(text)
	if err != nil {
		return nil, fmt.Errorf("the baseline %q can't be used: %w", path, err)
	}
	return b, nil
}

func parseBaseline(text []byte) (*Baseline, error) {
	var file struct {
		Version  *string          `json:"format_version"`
		Findings *[]BaselineEntry `json:"findings"`
	}
	if err := json.Unmarshal(text, &file); err != nil || file.Version == nil || file.Findings == nil {
		return nil, errors.New("it is not a baseline; pdac lint --write-baseline creates one")
	}
	if major, _, _ := strings.Cut(*file.Version, "."); major != "1" {
		return nil, fmt.Errorf("its format %q is unknown to this pdac; use the pdac that wrote it, or write it again with --write-baseline", *file.Version)
	}
	for i, e := range *file.Findings {
		if e.Fingerprint == "" {
			return nil, fmt.Errorf("entry %d has no fingerprint; write the baseline again with --write-baseline", i+1)
		}
	}
	return &Baseline{Entries: *file.Findings}, nil
}

// baselineMatcher removes entries as findings match them. One entry matches one
// finding.
type baselineMatcher struct {
	entries []BaselineEntry
	open    map[string][]int // by fingerprint
	taken   []bool
}

func (b *Baseline) matcher() *baselineMatcher {
	m := &baselineMatcher{open: map[string][]int{}}
	if b == nil {
		return m
	}
	m.entries, m.taken = b.Entries, make([]bool, len(b.Entries))
	for i, e := range b.Entries {
		m.open[e.Fingerprint] = append(m.open[e.Fingerprint], i)
	}
	return m
}

func (m *baselineMatcher) take(f Finding) bool {
	left := m.open[f.Fingerprint]
	if len(left) == 0 {
		return false
	}
	m.taken[left[0]] = true
	m.open[f.Fingerprint] = left[1:]
	return true
}

// left lists the entries that no finding matched, except those of rules that
// didn't run.
func (m *baselineMatcher) left(s *settings) []BaselineEntry {
	var out []BaselineEntry
	for i, e := range m.entries {
		_, exists := s.rules.find(e.Rule)
		if !m.taken[i] && (!exists || s.severityAt(e.Rule, e.Path) != off) {
			out = append(out, e)
		}
	}
	return out
}

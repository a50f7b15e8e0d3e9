package unittest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pdac-dev/pdac/internal/cachefile"
)

const (
	// storeFormat goes up when the form of the store changes.
	storeFormat = 1
	// maxUnused is how many runs that write the store keep what they do not use.
	maxUnused = 5
	// volatileFor is how long a result counts that may depend on the clock or on chance.
	volatileFor = 24 * time.Hour
)

// store keeps facts and results by content: in memory while a run lasts, and in a file
// from run to run. The file is never needed; what can't be read counts for nothing.
type store struct {
	file cachefile.File

	mu      sync.Mutex
	stamps  map[string]stamp
	specs   map[fileKey]*kept[specFacts]
	pythons map[fileKey]*kept[pythonFacts]
	results map[string]*kept[record]
	// answers are what programs said of their versions, and failed the tests that failed
	// in the last run.
	answers map[string]string
	failed  []testKey
	added   bool
}

type fileKey struct{ path, hash string }

// testKey names a test from run to run.
type testKey struct{ Kind, ID, Name string }

// stamp is the content that a file had in a state on disk.
type stamp struct{ stamp, hash string }

// kept is something with how many runs did not use it.
type kept[T any] struct {
	value  *T
	unused int
}

// record is what came of the tests of a detection.
type record struct {
	Key   string
	Tests []Test
	// Until is when it expires, in seconds; 0 for never.
	Until int
	// Folders are the folders of packages that it depends on, with their state.
	Folders []folder
}

type folder struct{ Path, State string }

func (c Cache) file() cachefile.File {
	if c.Root == "" || c.Build == "" || len(c.Key) == 0 {
		return cachefile.File{}
	}
	return cachefile.File{Root: c.Root, Key: c.Key, Magic: "pdac test cache\n", Prefix: "test-", Name: cachefile.Name(fmt.Sprint(storeFormat), c.Build)}
}

// openStore reads what earlier runs kept.
func openStore(c Cache) *store {
	s := &store{file: c.file()}
	s.clear()
	if s.file.Root == "" {
		return s
	}
	payload, rest, err := s.file.Read()
	if err != nil {
		return s
	}
	_ = rest.Close()
	r := cachefile.NewReader(string(payload))
	if s.code(r); r.Err() != nil {
		s.clear()
	}
	return s
}

func (s *store) clear() {
	s.stamps, s.answers, s.results = map[string]stamp{}, map[string]string{}, map[string]*kept[record]{}
	s.specs, s.pythons, s.failed = map[fileKey]*kept[specFacts]{}, map[fileKey]*kept[pythonFacts]{}, nil
}

// save writes the file if there is something new. A run does not fail because it can't be
// written.
func (s *store) save() {
	s.mu.Lock() // Python may still be looked for
	defer s.mu.Unlock()
	if s.file.Root == "" || !s.added {
		return
	}
	age(s.specs)
	age(s.pythons)
	age(s.results)
	w := &cachefile.Coder{}
	if s.code(w); w.Err() == nil {
		_ = s.file.Write(w.Bytes())
	}
}

// age drops what was not used for long.
func age[K comparable, T any](m map[K]*kept[T]) {
	for k, v := range m {
		if v.unused++; v.unused > maxUnused {
			delete(m, k)
		}
	}
}

// use returns something that is kept, and keeps it longer.
func use[K comparable, T any](s *store, m map[K]*kept[T], key K) *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := m[key]
	if k == nil {
		return nil
	}
	k.unused = -1
	return k.value
}

func put[K comparable, T any](s *store, m map[K]*kept[T], key K, v *T) *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	m[key], s.added = &kept[T]{v, -1}, true
	return v
}

// content returns the hash of the content that a file had when it had a stamp.
func (s *store) content(path, at string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.stamps[path]; at != "" && known.stamp == at {
		return known.hash
	}
	return ""
}

// keepStamps keeps what the files of a tree contain.
func (s *store) keepStamps(l *loader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, hash := range l.hashes {
		if at := (stamp{l.entries[path].Stamp, hash}); at.stamp != "" && s.stamps[path] != at {
			s.stamps[path], s.added = at, true
		}
	}
	for path := range s.stamps {
		if _, there := l.entries[path]; !there {
			delete(s.stamps, path)
		}
	}
}

func (s *store) spec(path, hash string) *specFacts { return use(s, s.specs, fileKey{path, hash}) }
func (s *store) putSpec(f *specFacts) *specFacts {
	return put(s, s.specs, fileKey{f.Path, f.Hash}, f)
}
func (s *store) python(path, hash string) *pythonFacts {
	return use(s, s.pythons, fileKey{path, hash})
}
func (s *store) putPython(f *pythonFacts) *pythonFacts {
	return put(s, s.pythons, fileKey{f.Path, f.Hash}, f)
}

// result returns what came of the tests of a detection, if it still counts.
func (s *store) result(key string, now time.Time) *record {
	r := use(s, s.results, key)
	if r == nil || !r.counts(now) {
		return nil
	}
	return r
}

// counts reports whether a record still counts.
func (r *record) counts(now time.Time) bool {
	if r.Until != 0 && (now.Unix() >= int64(r.Until) || now.Add(volatileFor).Unix() < int64(r.Until)) {
		return false
	}
	for _, f := range r.Folders {
		if folderState(f.Path) != f.State {
			return false
		}
	}
	return true
}

func (s *store) putResult(r *record) { put(s, s.results, r.Key, r) }

// folderState names the state of a folder of packages, which every installation changes.
func folderState(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.ModTime().UnixNano())
}

// Answer and Keep make the store what pyrun.Find knows.
func (s *store) Answer(key string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.answers[key]
	return text, ok
}

func (s *store) Keep(key, text string) {
	const most = 32
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) >= most {
		clear(s.answers)
	}
	s.answers[key], s.added = text, true
}

// keepFailed keeps which tests failed, so that they can run again alone.
func (s *store) keepFailed(tests []Test, fails func(*Test) bool) {
	ran := map[testKey]bool{}
	var failed []testKey
	for i := range tests {
		k := testKey{tests[i].Kind, tests[i].ID, tests[i].Name}
		ran[k] = true
		if fails(&tests[i]) {
			failed = append(failed, k)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.failed {
		if !ran[k] {
			failed = append(failed, k) // a run of others does not change it
		}
	}
	slices.SortFunc(failed, func(a, b testKey) int {
		return strings.Compare(a.Kind+"\x00"+a.ID+"\x00"+a.Name, b.Kind+"\x00"+b.ID+"\x00"+b.Name)
	})
	failed = slices.Compact(failed)
	if !slices.Equal(failed, s.failed) {
		s.failed, s.added = failed, true
	}
}

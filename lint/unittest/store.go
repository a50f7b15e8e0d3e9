package unittest

import "sync"

// store keeps facts and results by content: in memory while a run lasts.
type store struct {
	mu      sync.Mutex
	specs   map[fileKey]*specFacts
	pythons map[fileKey]*pythonFacts
}

type fileKey struct{ path, hash string }

func newStore() *store {
	return &store{specs: map[fileKey]*specFacts{}, pythons: map[fileKey]*pythonFacts{}}
}

func (s *store) content(path, stamp string) string { return "" }

func (s *store) spec(path, hash string) *specFacts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.specs[fileKey{path, hash}]
}

func (s *store) putSpec(f *specFacts) *specFacts {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.specs[fileKey{f.Path, f.Hash}] = f
	return f
}

func (s *store) python(path, hash string) *pythonFacts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pythons[fileKey{path, hash}]
}

func (s *store) putPython(f *pythonFacts) *pythonFacts {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pythons[fileKey{f.Path, f.Hash}] = f
	return f
}

package sync_test

import (
	"context"
	"fmt"
	"net/http"
	gosync "sync"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// memory is a Panther in a map, whose calls fail as a test wants it.
type memory struct {
	mu       gosync.Mutex
	entities sync.Live
	// calls are the writes in the order in which they came, "update rule/R.A", and
	// skipped those that were to skip unit tests.
	calls   []string
	skipped []string
	// fail says how a call fails; nil for a call that doesn't.
	fail func(call string) *failure
}

type failure struct {
	err error
	// done says that the call was done all the same.
	done bool
}

// unsure is the answer of a gateway that gave up waiting for Panther.
func unsure(done bool) *failure {
	return &failure{&panther.APIError{Status: http.StatusBadGateway, Method: http.MethodPut, Path: "/x"}, done}
}

func status(code int) error {
	return &panther.APIError{Status: code, Method: http.MethodGet, Path: "/x"}
}

func newMemory(t testing.TB, files synth.Files) *memory {
	t.Helper()
	return &memory{entities: liveOf(t, files)}
}

// do notes a call and lets it fail or go on.
func (m *memory) do(ctx context.Context, op string, key panther.Key, o panther.WriteOptions, act func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	call := op + " " + key.String()
	if op != "get" {
		m.calls = append(m.calls, call)
	}
	if o.SkipTests {
		m.skipped = append(m.skipped, call)
	}
	var f *failure
	if m.fail != nil {
		f = m.fail(call)
	}
	if f == nil || f.done {
		if err := act(); err != nil {
			return err
		}
	}
	if f != nil {
		return f.err
	}
	return nil
}

func (m *memory) Get(ctx context.Context, key panther.Key, _ string) (got panther.Entity, err error) {
	err = m.do(ctx, "get", key, panther.WriteOptions{}, func() error {
		e, ok := m.entities[key]
		if !ok {
			return status(http.StatusNotFound)
		}
		got = e
		return nil
	})
	return got, err
}

func (m *memory) Create(ctx context.Context, e panther.Entity, o panther.WriteOptions) (panther.Entity, error) {
	if o.OnlyTests {
		return panther.Entity{}, m.do(ctx, "test", e.Key, o, func() error { return nil })
	}
	err := m.do(ctx, "create", e.Key, o, func() error {
		for _, key := range append(e.Key.Siblings(), e.Key) {
			if _, there := m.entities[key]; there {
				return status(http.StatusConflict)
			}
		}
		m.entities[e.Key] = e
		return nil
	})
	return e, err
}

func (m *memory) Update(ctx context.Context, e panther.Entity, o panther.WriteOptions) (panther.Entity, error) {
	err := m.do(ctx, "update", e.Key, o, func() error {
		m.entities[e.Key] = e
		return nil
	})
	return e, err
}

func (m *memory) Delete(ctx context.Context, key panther.Key, _ string) error {
	return m.do(ctx, "delete", key, panther.WriteOptions{}, func() error {
		if _, ok := m.entities[key]; !ok {
			return status(http.StatusNotFound)
		}
		delete(m.entities, key)
		return nil
	})
}

// set changes a field behind the back of an apply.
func (m *memory) set(key, field string, v any) {
	k, err := panther.ParseKey(key)
	if err != nil {
		panic(err)
	}
	m.entities[k] = m.entities[k].With(map[string]any{field: v})
}

// snapshot gives the fingerprints of all that is live.
func (m *memory) snapshot() map[string]string {
	out := map[string]string{}
	for k, e := range m.entities {
		out[k.String()] = fmt.Sprint(e.Fingerprint(), e.Fields["enabled"], len(e.Extra))
	}
	return out
}

package sync

import (
	"errors"
	"fmt"
	"net/http"
	gosync "sync"

	"github.com/pdac-dev/pdac/panther"
)

// refusals notes which kinds Panther refuses to write or to delete at all, such as
// for a permission that the token lacks; these are two permissions. A refusal can
// also be about one entity, so a kind counts as refused only after a second refusal
// in the same words, and only if no such change of the kind succeeded.
type refusals struct {
	mu    gosync.Mutex
	kinds map[permission]*kindRefusal
}

type permission struct {
	kind    panther.Kind
	deletes bool
}

func needed(c Change) permission { return permission{c.Kind, c.Action == Delete} }

type kindRefusal struct {
	message           string
	repeated, changed bool
}

func (r *refusals) of(need permission) *kindRefusal {
	if r.kinds == nil {
		r.kinds = map[permission]*kindRefusal{}
	}
	if r.kinds[need] == nil {
		r.kinds[need] = &kindRefusal{}
	}
	return r.kinds[need]
}

// passed notes that a change of a kind ended without an error.
func (r *refusals) passed(c Change, outcome Outcome) {
	if outcome != Done {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(needed(c)).changed = true
}

// again notes an error, and returns why no other change of the kind can succeed if
// it repeats an earlier refusal.
func (r *refusals) again(c Change, err error) string {
	var api *panther.APIError
	if !errors.As(err, &api) || api.Status != http.StatusForbidden {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.of(needed(c))
	same := k.message != "" && k.message == api.Message && !k.changed
	k.message = api.Message
	k.repeated = k.repeated || same
	if !same {
		return ""
	}
	return refusedKind(c)
}

// all returns why no change of a kind can succeed; "" if one may.
func (r *refusals) all(c Change) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.of(needed(c)); k.repeated && !k.changed {
		return refusedKind(c)
	}
	return ""
}

func refusedKind(c Change) string {
	what := "changes"
	if c.Action == Delete {
		what = "deletes"
	}
	return fmt.Sprintf("Panther refuses this token's %s of the kind %s; pdac auth status lists its permissions", what, c.Kind)
}

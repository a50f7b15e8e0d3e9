package sync

import (
	"errors"
	"fmt"
	"net/http"
	gosync "sync"

	"github.com/pdac-dev/pdac/panther"
)

// refusals notes which kinds Panther refuses to change at all, such as for a
// permission that the token lacks. A refusal can also be about one entity, so a
// kind counts as refused only after a second refusal in the same words, and only
// if no change of the kind succeeded.
type refusals struct {
	mu    gosync.Mutex
	kinds map[panther.Kind]*kindRefusal
}

type kindRefusal struct {
	message           string
	repeated, changed bool
}

func (r *refusals) of(kind panther.Kind) *kindRefusal {
	if r.kinds == nil {
		r.kinds = map[panther.Kind]*kindRefusal{}
	}
	if r.kinds[kind] == nil {
		r.kinds[kind] = &kindRefusal{}
	}
	return r.kinds[kind]
}

// passed notes that a change of a kind ended without an error.
func (r *refusals) passed(kind panther.Kind, outcome Outcome) {
	if outcome != Done {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(kind).changed = true
}

// again notes an error, and returns why no other change of the kind can succeed if
// it repeats an earlier refusal.
func (r *refusals) again(kind panther.Kind, err error) string {
	var api *panther.APIError
	if !errors.As(err, &api) || api.Status != http.StatusForbidden {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.of(kind)
	same := k.message != "" && k.message == api.Message && !k.changed
	k.message = api.Message
	k.repeated = k.repeated || same
	if !same {
		return ""
	}
	return refusedKind(kind)
}

// all returns why no change of a kind can succeed; "" if one may.
func (r *refusals) all(kind panther.Kind) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.of(kind); k.repeated && !k.changed {
		return refusedKind(kind)
	}
	return ""
}

func refusedKind(kind panther.Kind) string {
	return fmt.Sprintf("Panther refuses this token's changes of the kind %s", kind)
}

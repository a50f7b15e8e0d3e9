package sync

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/pdac-dev/pdac/panther"
)

// mostDenied is the number of answers 403 after which changes of a kind are no
// longer tried. One may be about a single entity.
const mostDenied = 3

// denials finds the changes that the token has no permission for. It is safe for
// concurrent use; the zero value knows of none.
type denials struct {
	mu    sync.Mutex
	count map[denial]int
}

type denial struct {
	kind   panther.Kind
	action Action
}

// note takes the result of a change. After one success nothing is denied any more.
func (d *denials) note(c Change, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.count == nil {
		d.count = map[denial]int{}
	}
	var api *panther.APIError
	switch key := (denial{c.Kind, c.Action}); {
	case err == nil:
		d.count[key] = -1
	case d.count[key] >= 0 && errors.As(err, &api) && api.Status == http.StatusForbidden:
		d.count[key]++
	}
}

// why returns the reason why a change is not tried; "" if it is.
func (d *denials) why(c Change) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.count[denial{c.Kind, c.Action}] < mostDenied {
		return ""
	}
	return fmt.Sprintf("Panther answered 403 to the first %d attempts to %s a %s; check the token's permissions with pdac auth status", mostDenied, c.Action, c.Kind)
}

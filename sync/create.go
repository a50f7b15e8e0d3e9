package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/panther"
)

// create creates the entity with a request that never overwrites.
func (a *applier) create(ctx context.Context, c Change, r *ChangeResult) error {
	got, sent, err := a.post(ctx, c, a.writeOptions(), attempts{most: createTries})
	var taken *takenError
	switch {
	case errors.As(err, &taken):
		r.Outcome, r.Reason = Refused, taken.Error()+"; plan again"
	case err != nil:
		return err
	case sent:
		r.done(c, panther.Entity{}, got)
	default:
		r.Outcome = Already
	}
	return nil
}

// createTries is the maximum number of attempts for a create whose outcome is
// unknown.
const createTries = 3

// attempts limits the attempts to create something. wait is the wait after the
// first one, which doubles; 0 for none.
type attempts struct {
	most int
	wait time.Duration
}

// takenError is a create of what somebody else has created differently.
type takenError struct{ fields []string }

func (e *takenError) Error() string {
	return fmt.Sprintf("it was created in Panther since the plan was made, with different values of %s", strings.Join(e.fields, ", "))
}

// wanted returns the entity that a create or a replace creates.
func (c Change) wanted() panther.Entity {
	e := panther.Entity{Key: c.Key(), Fields: map[string]any{}, Extra: c.extra}
	for _, f := range c.Fields {
		if f.After != nil {
			e.Fields[f.Name] = f.After
		}
	}
	return e
}

// post creates an entity and returns it as it is live, and whether a request of
// this run created it. If the outcome is unknown, it is read from Panther.
func (a *applier) post(ctx context.Context, c Change, o panther.WriteOptions, limit attempts) (got panther.Entity, sent bool, err error) {
	e := c.wanted()
	for try := 1; ; try++ {
		got, err := a.api.Create(ctx, e, o)
		if err == nil {
			return got, true, nil
		}
		if !panther.IsExists(err) && !panther.Uncertain(err) {
			return got, false, err
		}
		if panther.IsOther(err) {
			return got, false, a.strayed(ctx, c, err)
		}
		sent = sent || panther.Uncertain(err)
		live, readErr := a.api.Get(context.WithoutCancel(ctx), c.Key(), "")
		switch {
		case readErr == nil && c.holds(live):
			return live, sent, nil
		case readErr == nil:
			return live, false, &takenError{c.unlike(live)}
		case !panther.IsNotFound(readErr) && (limit.wait == 0 || try >= limit.most):
			return got, false, fmt.Errorf("it may or may not have been created (%w), and reading it back failed: %w; plan again", err, readErr)
		case try >= limit.most || ctx.Err() != nil:
			if panther.Uncertain(err) {
				err = panther.Refuted(err, fmt.Sprintf("%s does not exist there now", c.Key()))
			}
			return got, false, err
		}
		if limit.wait > 0 {
			time.Sleep(limit.wait)
			limit.wait *= 2
		}
	}
}

// strayed is the error of a create that was answered with another entity. It is not tried
// again, because each try may create another one.
func (a *applier) strayed(ctx context.Context, c Change, err error) error {
	switch live, readErr := a.api.Get(context.WithoutCancel(ctx), c.Key(), ""); {
	case readErr == nil && c.holds(live):
		return panther.Explained(err, fmt.Sprintf("%s is live as planned; look in the console whether both exist, and plan again", c.Key()))
	case readErr == nil:
		return panther.Explained(err, fmt.Sprintf("%s is live, with other values of %s than planned; plan again", c.Key(), strings.Join(c.unlike(live), ", ")))
	case !panther.IsNotFound(readErr):
		return fmt.Errorf("%w, and reading it back failed: %w; plan again", err, readErr)
	}
	return panther.Refuted(err, fmt.Sprintf("%s does not exist there now; look in the console for what was created, and delete it", c.Key()))
}

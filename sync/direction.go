package sync

import (
	"slices"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// direct says what each change of a plan means. live is what the plan was made with;
// r and base are the planned and the last deployed content.
func (p *Plan) direct(live Live, r *repo.Repo, base *Base) {
	status := statuses(r, base)
	for _, list := range [][]Change{p.Changes, p.Kept} {
		for i := range list {
			c := &list[i]
			c.judge(live)
			if reason, ok := status[c.Key()]; ok && c.Action == Update {
				if c.asleep(live) {
					reason.Direction = diff.Neutral
				}
				c.Reasons = append(c.Reasons, reason)
				c.Direction = diff.Combined(c.Direction, reason.Direction)
			}
		}
	}
	p.reach(live, r)
	for _, c := range p.Changes {
		if c.Action != Update && c.Action != Replace {
			continue
		}
		switch c.Direction {
		case diff.Weaker:
			p.Summary.Weaker++
		case diff.Stronger:
			p.Summary.Stronger++
		}
	}
}

// judge says what a change means.
func (c *Change) judge(live Live) {
	if c.Action == Delete && c.MovedTo != "" {
		c.Direction, c.Reasons = diff.Neutral, nil // the create of the new id says what changes
		return
	}
	var before, after *panther.Entity
	if have, ok := live[c.old()]; ok {
		before = &have
	}
	if c.Action != Delete {
		e := panther.Entity{Key: c.Key()}
		if before != nil && c.Action == Update {
			e = *before
		}
		e = c.over(e)
		after = &e
	}
	v := diff.Judge(before, after)
	c.Direction, c.Reasons = v.Direction, v.Reasons
	for i := range c.Fields {
		c.Fields[i].Direction = v.Of(c.Fields[i].Name)
	}
}

// over returns an entity with the new values of the change.
func (c *Change) over(e panther.Entity) panther.Entity {
	values := make(map[string]any, len(c.Fields))
	for _, f := range c.Fields {
		if _, known := c.Kind.Field(f.Name); known {
			values[f.Name] = f.After
		}
	}
	return e.With(values)
}

// asleep reports whether an entity is off before and after its update.
func (c *Change) asleep(live Live) bool {
	have := live[c.Key()]
	return !diff.Active(have) && !diff.Active(c.over(have))
}

// The values of Status for detections that are not relied on.
var provisional = []string{"Experimental", "Deprecated"}

// statuses returns the specs whose Status changed since the last deployment. It is not
// synced, but says what its authors think of a detection.
func statuses(r *repo.Repo, base *Base) map[panther.Key]diff.Reason {
	if base == nil {
		return nil
	}
	was := map[panther.Key]string{}
	for _, it := range base.Repo.Items {
		was[it.Key()] = it.Status
	}
	out := map[panther.Key]diff.Reason{}
	for _, it := range r.Items {
		if old, deployed := was[it.Key()]; it.Kind != "" && deployed && old != it.Status {
			out[it.Key()] = diff.Status(old, it.Status, provisional)
		}
	}
	return out
}

// judge says what the drift of an entity means. was or is nil if the entity does
// not exist on that side.
func (e *DriftedEntity) judge(was, is *panther.Entity) {
	if was != nil && is != nil && was.Kind == is.Kind {
		values := make(map[string]any, len(e.Fields))
		for _, f := range e.Fields {
			values[f.Name] = f.Live
		}
		// What the specs leave to Panther, such as whether the entity is on, is as live.
		before := is.With(nil)
		for name := range values {
			before.Fields[name] = was.Fields[name]
		}
		after := before.With(values)
		was, is = &before, &after
	}
	v := diff.Judge(was, is)
	e.Direction, e.Reasons = v.Direction, v.Reasons
	for i := range e.Fields {
		e.Fields[i].Direction = v.Of(e.Fields[i].Name)
	}
}

// count counts the directions of edited entities.
func (s *DriftSummary) count(all []DriftedEntity) {
	for _, e := range all {
		switch {
		case e.State != DriftEdited:
		case e.Direction == diff.Weaker:
			s.Weaker++
		case e.Direction == diff.Stronger:
			s.Stronger++
		}
	}
}

// Weakening returns the changes that weaken something.
func (p *Plan) Weakening() []Change {
	return slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool { return c.Direction != diff.Weaker })
}

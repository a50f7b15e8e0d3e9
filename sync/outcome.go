package sync

import "maps"

// Outcome returns what is live after all changes of the plan, also those that are held
// back, starting from what is live now. Nothing of live is changed.
func (p *Plan) Outcome(live Live) Live {
	out := maps.Clone(live)
	for _, c := range p.Changes {
		if c.Action == Replace || c.Action == Delete {
			delete(out, c.old())
		}
		switch c.Action {
		case Create, Replace:
			out[c.Key()] = c.wanted()
		case Update:
			values := make(map[string]any, len(c.Fields))
			for _, f := range c.Fields {
				values[f.Name] = f.After
			}
			out[c.Key()] = live[c.Key()].With(values)
		}
	}
	return out
}

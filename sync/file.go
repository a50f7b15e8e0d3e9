package sync

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// WritePlan writes a plan as JSON, the same bytes for the same plan.
func WritePlan(w io.Writer, p *Plan) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(p)
}

// ReadPlan reads a plan that WritePlan wrote and checks that all of it can be
// applied.
func ReadPlan(r io.Reader) (*Plan, error) {
	dec := json.NewDecoder(r)
	dec.UseNumber()
	var p Plan
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("the file is not a plan: %w; make one with pdac plan --out FILE", err)
	}
	if major, _, _ := strings.Cut(p.FormatVersion, "."); major != "1" {
		return nil, fmt.Errorf("the plan has format_version %q, and this pdac reads 1.x; plan again with this version", p.FormatVersion)
	}
	seen := map[panther.Key]bool{}
	for i, c := range p.Changes {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("change %d of the plan (%s/%s): %w; plan again", i+1, c.Kind, c.ID, err)
		}
		if seen[c.Key()] {
			return nil, fmt.Errorf("the plan names %s twice; plan again", c.Key())
		}
		seen[c.Key()] = true
	}
	return &p, nil
}

func (c Change) check() error {
	if _, err := panther.ParseKind(string(c.Kind)); err != nil {
		return err
	}
	if c.ID == "" {
		return fmt.Errorf("the id is missing")
	}
	if !slices.Contains([]Action{Create, Update, Delete}, c.Action) {
		return fmt.Errorf("unknown action %q; use create, update or delete", c.Action)
	}
	if c.Action != Create && c.LiveFingerprint == "" {
		return fmt.Errorf("live_fingerprint is missing, so nobody can tell whether Panther has changed since")
	}
	for _, fc := range c.Fields {
		f, ok := c.Kind.Field(fc.Name)
		if !ok {
			return fmt.Errorf("unknown field %q", fc.Name)
		}
		for _, v := range []any{fc.Before, fc.After} {
			if err := f.Check(v); err != nil {
				return err
			}
		}
	}
	return nil
}

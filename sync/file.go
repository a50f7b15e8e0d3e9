package sync

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// WritePlan writes a plan as JSON, sealed. The same plan always produces the same
// bytes.
func WritePlan(w io.Writer, p *Plan) error {
	p, err := p.Sealed()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(p)
}

// Sealed returns the plan with the digest of its JSON, by which ReadPlan finds out
// whether a file was edited. It is no protection from somebody who computes the
// digest again.
func (p *Plan) Sealed() (*Plan, error) {
	out := *p
	out.Digest = ""
	text, err := json.Marshal(&out)
	if err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	out.Digest, _, err = digestOf(text)
	return &out, err
}

// digestOf returns the digest of a plan's JSON and the one that it carries. Spaces and
// the order of keys don't count.
func digestOf(text []byte) (digest, carried string, err error) {
	v, err := yamlcore.DecodeJSON(text)
	if err != nil {
		return "", "", fmt.Errorf("the file is not a plan: %s; create one with pdac plan --out FILE", yamlcore.PlainJSON(err))
	}
	if m, ok := v.(map[string]any); ok {
		carried, _ = m["digest"].(string)
		delete(m, "digest")
	}
	sum := sha256.Sum256([]byte(yamlcore.CanonicalJSON(v)))
	return "sha256:" + hex.EncodeToString(sum[:]), carried, nil
}

// MaxSavedBytes bounds a saved plan, report or result.
const MaxSavedBytes = 128 << 20

// ReadPlan reads a plan written by WritePlan and checks that it can be applied.
func ReadPlan(r io.Reader) (*Plan, error) {
	text, err := readfile.All(r, MaxSavedBytes)
	if err != nil {
		return nil, err
	}
	if what := recognize(text); what != "" {
		return nil, fmt.Errorf("the file is %s, not a plan; create one with pdac plan --out FILE", what)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var p Plan
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("the file is not a plan: %s; create one with pdac plan --out FILE", yamlcore.PlainJSON(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file contains more than a plan; create it again with pdac plan --out FILE")
	}
	var report struct {
		Drift bool
		// Every result of an apply has it, but no plan.
		Interrupted *bool
	}
	_ = json.Unmarshal(text, &report)
	if major, _, _ := strings.Cut(p.FormatVersion, "."); major != "1" {
		return nil, fmt.Errorf("the plan has format_version %q, and this pdac reads 1.x; plan again with this version", p.FormatVersion)
	}
	if report.Drift {
		return nil, errors.New("the file is a pdac drift report, not a plan; create one with pdac plan --out FILE")
	}
	if report.Interrupted != nil {
		return nil, errors.New("the file is the result of an apply, not a plan; create one with pdac plan --out FILE")
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
	count := map[Action]int{}
	for _, c := range p.Changes {
		count[c.Action]++
	}
	s := p.Summary
	if p.Changes == nil || count[Create] != s.Create || count[Update] != s.Update || count[Delete] != s.Delete || count[Replace] != s.Replace {
		return nil, errors.New("the plan's changes don't match its summary, so it was edited or truncated; plan again")
	}
	switch digest, carried, err := digestOf(text); {
	case err != nil:
		return nil, err
	case carried == "":
		return nil, errors.New("the plan has no digest, so it was edited, or made by an older pdac; plan again")
	case carried != digest:
		return nil, errors.New("the plan was edited after it was made: it does not match its digest; plan again")
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
	if !slices.Contains([]Action{Create, Update, Delete, Replace}, c.Action) {
		return fmt.Errorf("unknown action %q; use create, update, delete or replace", c.Action)
	}
	old, replaces := c.Replaced()
	if c.Action == Replace && !slices.Contains(c.Key().Siblings(), old) {
		return fmt.Errorf("replaces is %q, which does not share its ids with a %s", c.Replaces, c.Kind)
	}
	if c.Action != Create && c.LiveFingerprint == "" {
		return fmt.Errorf("live_fingerprint is missing, so pdac cannot determine whether Panther has changed")
	}
	for _, fc := range c.Fields {
		f, ok := c.Kind.Field(fc.Name)
		if !ok && replaces && fc.After == nil {
			f, ok = old.Kind.Field(fc.Name)
		}
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

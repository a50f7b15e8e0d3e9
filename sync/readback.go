package sync

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Saved is a JSON file written by pdac; exactly one of the three is set.
type Saved struct {
	Plan   *Plan
	Drift  *Drift
	Result *Result
}

// ReadSaved reads a plan, a drift report or the result of an apply, to show it
// again. A plan is checked like in ReadPlan.
func ReadSaved(r io.Reader) (Saved, error) {
	text, err := readfile.All(r, MaxSavedBytes)
	if err != nil {
		return Saved{}, err
	}
	var head struct {
		FormatVersion string `json:"format_version"`
		Drift         bool
		// Every result has it, and nothing else does.
		Interrupted *bool
	}
	if what := recognize(text); what != "" {
		return Saved{}, fmt.Errorf("the file is %s; pdac show reads plans, drift reports and results of applies: %s", what, howToSave)
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return Saved{}, fmt.Errorf("the file is not JSON from pdac: %s; %s", yamlcore.PlainJSON(err), howToSave)
	}
	if major, _, _ := strings.Cut(head.FormatVersion, "."); major != "1" {
		return Saved{}, fmt.Errorf("the file has format_version %q, and this pdac reads 1.x; create it again with this version", head.FormatVersion)
	}
	switch {
	case head.Drift:
		d := &Drift{}
		return Saved{Drift: d}, decodeSaved(text, d)
	case head.Interrupted != nil:
		res := &Result{}
		return Saved{Result: res}, decodeSaved(text, res)
	}
	p, err := ReadPlan(bytes.NewReader(text))
	return Saved{Plan: p}, err
}

func decodeSaved(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the file can't be read: %s; create it again", yamlcore.PlainJSON(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the file contains more than one report; create it again")
	}
	return nil
}

package sync_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/pdac-dev/pdac/sync"
)

// FuzzReadPlan reads any text as a saved plan. What is read has layers, and is the same
// after it was written again.
func FuzzReadPlan(f *testing.F) {
	f.Add([]byte(savedPlan))
	f.Add([]byte(`{"format_version":"1.0","changes":[{"kind":"rule","id":"A","action":"create","fields":[],"depends_on":["rule/A","global/x"]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := sync.ReadPlan(bytes.NewReader(text))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		n := 0
		for _, l := range sync.Layers(p.Changes) {
			n += len(l)
		}
		if n != len(p.Changes) {
			t.Errorf("%d of %d changes are in a layer", n, len(p.Changes))
		}
		var once, twice bytes.Buffer
		if err := sync.WritePlan(&once, p); err != nil {
			t.Fatalf("%q can't be written again: %v", text, err)
		}
		again, err := sync.ReadPlan(bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatalf("%s can't be read again: %v", once.Bytes(), err)
		}
		if err := sync.WritePlan(&twice, again); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Errorf("%s changes: %s (%v)", once.Bytes(), twice.Bytes(), err)
		}
	})
}

// FuzzReadIntent reads what is kept of an interrupted apply. What is read can be kept
// again.
func FuzzReadIntent(f *testing.F) {
	for _, s := range []string{
		`{"format_version":"1.0","changes":[{"kind":"rule","id":"A","action":"update","fields":{"enabled":true,"tags":["a"]}}]}`,
		`{"format_version":"2.0"}`, `{"format_version":"1.0","changes":[{"kind":"x","id":"A"}]}`, `null`, `{"format_version":"1.0","changes":[{"kind":"query","id":"A","fields":{"x":1e400}}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := sync.ReadIntent(text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		parts, err := in.Bytes(1 << 20)
		if err != nil {
			t.Fatalf("%q can't be kept again: %v", text, err)
		}
		if len(parts) != 1 {
			return
		}
		again, err := sync.ReadIntent(parts[0])
		if err != nil {
			t.Fatalf("%s can't be read again: %v", parts[0], err)
		}
		if len(again.Changes) != len(in.Changes) || !reflect.DeepEqual(again.FormatVersion, in.FormatVersion) {
			t.Errorf("%q is kept as %s", text, parts[0])
		}
	})
}

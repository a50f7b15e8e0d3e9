package yamlcore_test

import (
	"bytes"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Canonical JSON is a fixed point: reading it and writing it again changes nothing.
func FuzzDecodeJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,1.0,1e400,-0,"\u0000\ud800"]}`, `[[[]]]`, `nul`, `{"a":1,"a":2}`, `1 2`, "\"\xff\"", `123456789012345678901234567890`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := yamlcore.DecodeJSON(src)
		if err != nil {
			if err.Error() == "" || yamlcore.PlainJSON(err) == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		once := yamlcore.CanonicalJSON(v)
		again, err := yamlcore.DecodeJSON([]byte(once))
		if err != nil || yamlcore.CanonicalJSON(again) != once {
			t.Errorf("%q is %s, and then %v (%v)", src, once, again, err)
		}
		if bytes.Contains([]byte(once), []byte("\n")) {
			t.Errorf("%q has a line end", once)
		}
	})
}

package python

import "testing"

func FuzzCheckRegexp(f *testing.F) {
	for _, s := range []string{`(?P<a>x)(?P=a)\1`, `[]a-z\d]{2,3}+`, `(?i)(?x: a # b` + "\n)", `a|(?#b)(?<!c)`, `\N{DIGIT ONE}\x41\u0041`, `(a)(?(1)b|c)`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if err := CheckRegexp(pattern); err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
	})
}

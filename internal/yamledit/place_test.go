package yamledit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamledit"
)

// TestWhereANewKeyGoes: beside the key that is named, else by the conventional order,
// else behind the last one.
func TestWhereANewKeyGoes(t *testing.T) {
	const src = "X: 0 # x\nA: 1 # a\nB: 2 # b\nZ: 3 # z\n"
	for name, tc := range map[string]struct {
		place yamledit.Place
		want  string
	}{
		"nothing said":             {yamledit.Place{}, "X: 0 # x\nA: 1 # a\nB: 2 # b\nZ: 3 # z\nNew: 9\n"},
		"after a key":              {yamledit.Place{After: "A"}, "X: 0 # x\nA: 1 # a\nNew: 9\nB: 2 # b\nZ: 3 # z\n"},
		"after the last":           {yamledit.Place{After: "Z"}, "X: 0 # x\nA: 1 # a\nB: 2 # b\nZ: 3 # z\nNew: 9\n"},
		"before a key":             {yamledit.Place{Before: "B"}, "X: 0 # x\nA: 1 # a\nNew: 9\nB: 2 # b\nZ: 3 # z\n"},
		"before the first":         {yamledit.Place{Before: "X"}, "New: 9\nX: 0 # x\nA: 1 # a\nB: 2 # b\nZ: 3 # z\n"},
		"named before the order":   {yamledit.Place{After: "X", Order: []string{"A", "New"}}, "X: 0 # x\nNew: 9\nA: 1 # a\nB: 2 # b\nZ: 3 # z\n"},
		"behind the first of all":  {yamledit.Place{Order: []string{"A", "New"}}, "X: 0 # x\nA: 1 # a\nNew: 9\nB: 2 # b\nZ: 3 # z\n"},
		"behind the nearest":       {yamledit.Place{Order: []string{"X", "A", "None", "New", "Z"}}, "X: 0 # x\nA: 1 # a\nNew: 9\nB: 2 # b\nZ: 3 # z\n"},
		"before the nearest":       {yamledit.Place{Order: []string{"New", "None", "B", "X"}}, "X: 0 # x\nA: 1 # a\nNew: 9\nB: 2 # b\nZ: 3 # z\n"},
		"an order without the key": {yamledit.Place{Order: []string{"A", "B"}}, "X: 0 # x\nA: 1 # a\nB: 2 # b\nZ: 3 # z\nNew: 9\n"},
		"an order of others":       {yamledit.Place{Order: []string{"K", "New", "L"}}, "X: 0 # x\nA: 1 # a\nB: 2 # b\nZ: 3 # z\nNew: 9\n"},
		"after what isn't there":   {yamledit.Place{After: "None"}, ""},
		"before what isn't there":  {yamledit.Place{Before: "None"}, ""},
	} {
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		err = d.Set(yamledit.Path{"New"}, 9, tc.place)
		want := tc.want
		if want == "" {
			want = src
		}
		if diff := cmp.Diff(want, string(d.Bytes())); diff != "" || (err == nil) != (tc.want != "") {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestTheFirstValueOfAText: a text of comments keeps them, and ends with a line end.
func TestTheFirstValueOfAText(t *testing.T) {
	for src, want := range map[string]string{
		"":                 "A:\n  B: 1\n",
		"# a comment":      "# a comment\nA:\n  B: 1\n",
		"# a comment\n":    "# a comment\nA:\n  B: 1\n",
		"# a comment\r\n":  "# a comment\r\nA:\r\n  B: 1\r\n",
		"\ufeff# a mark\n": "\ufeff# a mark\nA:\n  B: 1\n",
	} {
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		err = d.Set(yamledit.Path{"A", "B"}, 1)
		if diff := cmp.Diff(want, string(d.Bytes())); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", src, err, diff)
		}
	}
}

// TestAnOrderMayNameAKeyTwice, or one that isn't there: each key stays once.
func TestAnOrderMayNameAKeyTwice(t *testing.T) {
	d, err := yamledit.Parse([]byte("A: 1 # a\nB: 2 # b\nC: 3 # c\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = d.Arrange(nil, []string{"C", "None", "B", "C", "B"})
	if diff := cmp.Diff("C: 3 # c\nB: 2 # b\nA: 1 # a\n", string(d.Bytes())); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

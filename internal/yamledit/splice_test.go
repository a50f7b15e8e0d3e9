package yamledit_test

import (
	"testing"

	"github.com/pdac-dev/pdac/internal/yamledit"
)

func TestApply(t *testing.T) {
	type S = yamledit.Splice
	for _, tc := range []struct {
		name, want, fault string
		splices           []S
	}{
		{"none", "abcdef", "", nil},
		{"any order", "aXcYZf", "", []S{{3, 5, "YZ"}, {1, 2, "X"}}},
		{"touching", "XYef", "", []S{{2, 4, "Y"}, {0, 2, "X"}}},
		{"insert before replacement", "abIXdef", "", []S{{2, 3, "X"}, {2, 2, "I"}}},
		{"inserts in order", "12abcdef3", "", []S{{0, 0, "1"}, {6, 6, "3"}, {0, 0, "2"}}},
		{"the same twice", "abef", "", []S{{2, 4, ""}, {2, 4, ""}}},
		{"overlap", "", "two edits overlap at byte 2", []S{{0, 3, "x"}, {2, 4, "y"}}},
		{"inside", "", "two edits overlap at byte 1", []S{{0, 3, "x"}, {1, 1, "y"}}},
		{"outside", "", "an edit of bytes 5 to 7 is outside the text of 6 bytes", []S{{5, 7, "x"}}},
		{"backwards", "", "an edit of bytes 3 to 2 is outside the text of 6 bytes", []S{{3, 2, "x"}}},
	} {
		got, err := yamledit.Apply([]byte("abcdef"), tc.splices)
		if fault := ""; err != nil {
			if fault = err.Error(); fault != tc.fault {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.fault)
			}
		} else if string(got) != tc.want || tc.fault != "" {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestMergeText(t *testing.T) {
	for _, tc := range []struct{ name, src, to, want string }{
		{"equal", "a\nb\n", "a\nb", "a\nb\n"},
		{"no line end", "a\nb", "a\nc\n", "a\nc"},
		{"CRLF and mark", "\xef\xbb\xbfa\r\nb\r\n", "a\nx\nb", "\xef\xbb\xbfa\r\nx\r\nb\r\n"},
		{"mixed", "a\r\nb\nc\n", "a\nb\nx\nc", "a\r\nb\nx\nc\n"},
		{"blank lines at the end", "a\n\n\n", "b", "b\n\n\n"},
		{"new", "", "a\nb", "a\nb\n"},
		{"emptied", "a\n", "", ""},
		{"CRLF wanted", "a\nb\n", "a\r\nc\r\n", "a\nc\n"},
	} {
		if got := string(yamledit.MergeText([]byte(tc.src), tc.to)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

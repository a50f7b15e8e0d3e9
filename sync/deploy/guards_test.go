package deploy

import (
	"strings"
	"testing"
)

func TestATrailerIsInTheLastParagraph(t *testing.T) {
	for message, want := range map[string]string{
		"Subject\n\nPdac-Allow: a\n":                                 "a",
		"Subject\n\nBody.\n\nSigned-off-by: x\npdac-allow: a, b c\n": "a b c",
		"Subject\r\n\r\nPdac-Allow: a\r\n\r\n":                       "a",
		"Pdac-Allow: a":                                              "",
		"Subject\n\nPdac-Allow: a\n\nMore.":                          "",
		"Subject\n\nSee Pdac-Allow: a":                               "",
		"":                                                           "",
	} {
		if got := strings.Join(allowedBy(message), " "); got != want {
			t.Errorf("%q lets %q through, want %q", message, got, want)
		}
	}
}

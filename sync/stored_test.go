package sync_test

import (
	"testing"

	"github.com/pdac-dev/pdac/sync"
)

// TestReadStored reads what a record knows of stored forms, and refuses what another
// version or a damaged record has.
func TestReadStored(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		`{"format_version":"1.0","year":2026,"entities":{"rule/x":null}}`: "",
		`{"format_version":"1.7","year":2027,"more":1}`:                   "",
		`{"format_version":"2.0","year":2026}`:                            `the stored forms of the record have the format_version "2.0", and this pdac reads 1.x; use the version of pdac that wrote the record`,
		`null`:                                                            `the stored forms of the record have the format_version "", and this pdac reads 1.x; use the version of pdac that wrote the record`,
		`{`:                                                               `read the stored forms of the record: the JSON is cut off`,
		`[]`:                                                              `read the stored forms of the record: it is a JSON array, which is not the expected type`,
		`{"entities":{"a":{"b":{"sent":1}}}}`:                             `read the stored forms of the record: "entities.sent" can't be a number`,
	} {
		got := ""
		if _, err := sync.ReadStored([]byte(text), 2026, 0); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s\nwant %s", text, got, want)
		}
	}
}

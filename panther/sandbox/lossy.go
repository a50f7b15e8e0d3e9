package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// maxDedupMinutes is the longest deduplication period that a lossy sandbox stores.
const maxDedupMinutes = 1440

// lossy changes what a client sent in the ways in which a server may: spaces at the ends of texts are removed, texts get
// their composed form (NFC), tags become lower case, and a long deduplication period is capped.
func lossy(sent map[string]any) map[string]any {
	out := make(map[string]any, len(sent))
	for name, value := range sent {
		switch name {
		case "description", "runbook", "displayName", "reference":
			if text, isText := value.(string); isText {
				value = norm.NFC.String(strings.TrimSpace(text))
			}
		case "tags":
			if list, isList := value.([]any); isList {
				lower := make([]any, 0, len(list))
				for _, tag := range list {
					if text, isText := tag.(string); isText {
						tag = norm.NFC.String(strings.ToLower(text))
					}
					lower = append(lower, tag)
				}
				value = lower
			}
		case "dedupPeriodMinutes":
			if number, isNumber := value.(json.Number); isNumber {
				if n, err := strconv.Atoi(number.String()); err == nil && n > maxDedupMinutes {
					value = json.Number(strconv.Itoa(maxDedupMinutes))
				}
			}
		}
		out[name] = value
	}
	return out
}

package report

import "github.com/pdac-dev/pdac/sync"

// alertsText says how many alerts what changes has raised; "" if they were not counted.
func alertsText(a *sync.Alerts) string {
	if a == nil {
		return ""
	}
	n := Count(a.Count, "alert", "alerts")
	switch {
	case a.Count == 0:
		n = "no alerts"
	case a.AtLeast:
		n = "at least " + n
	}
	text := "raised " + n + " in the last " + number(sync.ImpactDays) + " days"
	if a.Detections > 0 {
		return "these detections " + text // after affectedText, which lists them
	}
	return text
}

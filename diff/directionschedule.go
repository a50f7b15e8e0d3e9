package diff

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/robfig/cron/v3"
)

// schedule judges the parts of a query's schedule. The cron expression and the rate
// are judged together, once.
func (j *judge) schedule(f panther.Field, b, a any) {
	switch {
	case strings.HasSuffix(f.Name, ".timeoutMinutes"):
		was, _ := integer(f, b)
		is, _ := integer(f, a)
		d := Unknown
		if was > 0 && is > 0 {
			d = pick(is < was, Weaker, Stronger)
		}
		j.add(d, f.Name, "timeout %d → %d min", was, is)
		return
	case strings.HasSuffix(f.Name, ".cron") && j.differs("schedule.rateMinutes"):
		return // reported with the rate
	}
	was, is := frequency(j.before), frequency(j.after)
	j.frequency(f.Name, was, is)
}

// differs reports whether a field differs.
func (j *judge) differs(name string) bool {
	f, ok := j.after.Kind.Field(name)
	return ok && !f.Equal(j.before.Fields[name], j.after.Fields[name])
}

// rhythm is how often something runs: in words, and as runs in a long time; 0 for
// never, -1 for unknown.
type rhythm struct {
	text string
	runs int
}

func (j *judge) frequency(field string, was, is rhythm) {
	d := Unknown
	switch {
	case was.runs < 0 || is.runs < 0:
	case was.runs == is.runs:
		d = Neutral
	default:
		d = pick(is.runs < was.runs, Weaker, Stronger)
	}
	switch {
	case is.runs == 0:
		j.add(d, field, "no longer scheduled")
	case was.runs == 0:
		j.add(d, field, "scheduled: %s", is.text)
	default:
		j.add(d, field, "schedule %s → %s", was.text, is.text)
	}
}

func frequency(e panther.Entity) rhythm {
	cronText, _ := e.Fields["schedule.cron"].(string)
	rate, _ := e.Kind.Field("schedule.rateMinutes")
	n, _ := integer(rate, e.Fields["schedule.rateMinutes"])
	return runs(cronText, n)
}

// period is how long runs are counted for.
const period = 28 * 24 * time.Hour

// runs returns how often a cron expression or a rate runs.
func runs(expression string, minutes int64) rhythm {
	switch {
	case expression != "" && minutes > 0:
		return rhythm{shown(expression), -1}
	case expression != "":
		out := rhythm{shown(expression), -1}
		s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(strings.ReplaceAll(expression, "?", "*"))
		if err != nil {
			return out
		}
		// A month without daylight saving time. An expression for other months is not
		// known by this.
		at := time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)
		end := at.Add(period)
		at = at.Add(-time.Second)
		n := 0
		for at = s.Next(at); !at.IsZero() && at.Before(end); at = s.Next(at) {
			n++
		}
		if n > 0 {
			out.runs = n
		}
		return out
	case minutes > 0:
		return rhythm{"every " + count(int(minutes), "minute", "minutes"), int(int64(period/time.Minute) / minutes)}
	}
	return rhythm{"none", 0}
}

// minutes returns a positive whole number of a canonical value.
func minutes(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil && i > 0
}

package lint

import (
	"strings"
	"testing"
)

// FuzzCron: whatever is in a CronExpression, it is valid or a reason is given.
func FuzzCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "TZ=UTC * * * *", "CRON_TZ=UTC * * * *", "@every 1h", "*/0 0-0/9 1,2 jan sun", "0 0 31 2 7", "99999999999999999999 * * * *", "*-* */* , - /"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		why, hint := badCron(s)
		if (why == "") != (hint == "") {
			t.Errorf("%q: %q, %q", s, why, hint)
		}
		if n := len(strings.Fields(s)); n != 5 && why == "" {
			t.Errorf("%q has %d fields", s, n)
		}
	})
}

package record

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
)

// messageFormat is the version of the message's trailers.
const messageFormat = 1

// The trailers' keys.
const (
	keyFormat    = "Pdac-Format"
	keyTenant    = "Pdac-Tenant"
	keyRevision  = "Pdac-Revision"
	keyActor     = "Pdac-Actor"
	keyTime      = "Pdac-Time"
	keyRoot      = "Pdac-Root"
	keyFiles     = "Pdac-Files"
	keyCreated   = "Pdac-Created"
	keyUpdated   = "Pdac-Updated"
	keyReplaced  = "Pdac-Replaced"
	keyDeleted   = "Pdac-Deleted"
	keyUnchanged = "Pdac-Unchanged"
	keyFailed    = "Pdac-Failed"
	keyPartial   = "Pdac-Partial"
	keyRollback  = "Pdac-Rollback"
	keyYear      = "Pdac-Year"
	keyPanther   = "Pdac-Panther-Year"
	keyCommitted = "Pdac-Committed"
	keyFollows   = "Pdac-Follows"
)

// maxFollows bounds how many parents of a revision are recorded.
const maxFollows = 8

// message is a record's commit message: a subject and a line for people, and
// trailers for programs in a last paragraph of their own.
func (d *Deployment) message() string {
	var b strings.Builder
	what := git.OneLine(short(d.Revision), 60)
	if d.Revision == "" {
		what = "uncommitted files"
	}
	if d.Partial {
		what += " in part"
	}
	fmt.Fprintf(&b, "Deploy %s to %s: %s\n\n", what, git.OneLine(d.Tenant, 100), d.Counts)
	b.WriteString("This commit holds the files that pdac has deployed.\n")
	if d.Partial {
		b.WriteString("Part of the apply failed; the files of that part are unchanged.\n")
	}
	b.WriteByte('\n')
	for _, t := range []struct{ key, value string }{
		{keyFormat, strconv.Itoa(messageFormat)},
		{keyTenant, d.Tenant},
		{keyRevision, d.Revision},
		{keyCommitted, stamp(d.Committed)},
		{keyFollows, strings.Join(d.Follows, " ")},
		{keyActor, d.Actor},
		{keyTime, d.Time.Format(time.RFC3339)},
		{keyRoot, d.Root},
		{keyFiles, strconv.Itoa(d.FileCount)},
		{keyCreated, strconv.Itoa(d.Counts.Created)},
		{keyUpdated, strconv.Itoa(d.Counts.Updated)},
		{keyReplaced, positive(d.Counts.Replaced)},
		{keyDeleted, strconv.Itoa(d.Counts.Deleted)},
		{keyUnchanged, strconv.Itoa(d.Counts.Unchanged)},
		{keyFailed, strconv.Itoa(d.Counts.Failed)},
		{keyPartial, strconv.FormatBool(d.Partial)},
		{keyRollback, d.Rollback},
		{keyYear, number(d.Year)},
		{keyPanther, number(d.PantherYear)},
	} {
		if t.value != "" {
			fmt.Fprintf(&b, "%s: %s\n", t.key, quote(t.value))
		}
	}
	return b.String()
}

// stamp writes a time; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// positive writes a count that most deployments don't have.
func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// number writes a number; "" for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// String lists the counts that aren't zero, as in "3 created, 1 failed".
func (c Counts) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Created, "created"}, {c.Updated, "updated"}, {c.Replaced, "replaced"}, {c.Deleted, "deleted"}, {c.Failed, "failed"}} {
		if p.n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	if len(parts) == 0 {
		return "nothing changed"
	}
	return strings.Join(parts, ", ")
}

// quote keeps a value on its line. What isn't plain text is quoted as in Go, so
// that unquote returns it unchanged.
func quote(value string) string {
	q := strconv.Quote(value)
	if q == `"`+value+`"` && strings.TrimSpace(value) == value {
		return value
	}
	return q
}

func unquote(value string) string {
	if s, err := strconv.Unquote(value); err == nil && strings.HasPrefix(value, `"`) {
		return s
	}
	return value
}

// deployment reads a record from its commit.
func deployment(ref string, c git.LogEntry) (Deployment, error) {
	d := Deployment{Hash: c.Hash, Ref: ref, Time: c.Committed, Cut: c.Cut}
	if len(c.Parents) > 0 {
		d.Parent = c.Parents[0]
	}
	if len(c.Parents) > 1 {
		d.Merge = c.Parents[1]
	}
	found := trailers(c.Message)
	bad := func(reason string) error { return &FormatError{Ref: ref, Hash: c.Hash, Reason: reason} }
	version, ok := found[keyFormat]
	if !ok {
		return Deployment{}, bad("is not a deployment record: its message has no " + keyFormat + " line")
	}
	if n, err := strconv.Atoi(version); err != nil || n < 1 {
		return Deployment{}, bad(fmt.Sprintf("has %s %q, which pdac never writes", keyFormat, git.OneLine(version, 20)))
	} else if n > messageFormat {
		return Deployment{}, &FormatError{Ref: ref, Hash: c.Hash, Newer: true, Reason: fmt.Sprintf("was written by a newer pdac (format %d; this one reads up to %d)", n, messageFormat)}
	}
	d.Tenant, d.Revision, d.Actor, d.Root = found[keyTenant], found[keyRevision], found[keyActor], found[keyRoot]
	d.Partial = found[keyPartial] == "true"
	if to := found[keyRollback]; isHash(to) {
		d.Rollback = to
	}
	if t, err := time.Parse(time.RFC3339, found[keyTime]); err == nil {
		_, offset := t.Zone()
		d.Time = t.In(time.FixedZone("", offset))
	}
	if t, err := time.Parse(time.RFC3339, found[keyCommitted]); err == nil {
		_, offset := t.Zone()
		d.Committed = t.In(time.FixedZone("", offset))
	}
	for _, hash := range strings.Fields(found[keyFollows]) {
		if isHash(hash) && len(d.Follows) < maxFollows {
			d.Follows = append(d.Follows, hash)
		}
	}
	for key, n := range map[string]*int{
		keyFiles: &d.FileCount, keyCreated: &d.Counts.Created, keyUpdated: &d.Counts.Updated,
		keyReplaced: &d.Counts.Replaced, keyDeleted: &d.Counts.Deleted, keyUnchanged: &d.Counts.Unchanged, keyFailed: &d.Counts.Failed,
		keyYear: &d.Year, keyPanther: &d.PantherYear,
	} {
		text, ok := found[key]
		if !ok {
			continue
		}
		var err error
		if *n, err = strconv.Atoi(text); err != nil || *n < 0 {
			return Deployment{}, bad(fmt.Sprintf("has %s %q, which is not a number", key, git.OneLine(text, 20)))
		}
	}
	return d, nil
}

// trailers reads only the message's last paragraph, so that a subject can't pass
// for a trailer.
func trailers(message string) map[string]string {
	message = strings.TrimRight(message, "\n")
	if i := strings.LastIndex(message, "\n\n"); i >= 0 {
		message = message[i+2:]
	}
	out := map[string]string{}
	for line := range strings.SplitSeq(message, "\n") {
		if key, value, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(key, "Pdac-") {
			if _, twice := out[key]; !twice {
				out[key] = unquote(value)
			}
		}
	}
	return out
}

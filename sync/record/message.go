package record

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
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
	keyDeleted   = "Pdac-Deleted"
	keyUnchanged = "Pdac-Unchanged"
	keyFailed    = "Pdac-Failed"
	keyPartial   = "Pdac-Partial"
	keyRollback  = "Pdac-Rollback"
)

// message is a record's commit message: a subject and a line for people, and
// trailers for programs in a last paragraph of their own.
func (d *Deployment) message() string {
	var b strings.Builder
	what := plain(short(d.Revision), 60)
	if d.Revision == "" {
		what = "uncommitted files"
	}
	if d.Partial {
		what += " in part"
	}
	fmt.Fprintf(&b, "Deploy %s to %s: %s\n\n", what, plain(d.Tenant, 100), d.Counts)
	b.WriteString("The files of this commit are what is live by pdac's hand.\n")
	if d.Partial {
		b.WriteString("A part of the apply failed; its files are as they were before.\n")
	}
	b.WriteByte('\n')
	for _, t := range []struct{ key, value string }{
		{keyFormat, strconv.Itoa(messageFormat)},
		{keyTenant, d.Tenant},
		{keyRevision, d.Revision},
		{keyActor, d.Actor},
		{keyTime, d.Time.Format(time.RFC3339)},
		{keyRoot, d.Root},
		{keyFiles, strconv.Itoa(d.FileCount)},
		{keyCreated, strconv.Itoa(d.Counts.Created)},
		{keyUpdated, strconv.Itoa(d.Counts.Updated)},
		{keyDeleted, strconv.Itoa(d.Counts.Deleted)},
		{keyUnchanged, strconv.Itoa(d.Counts.Unchanged)},
		{keyFailed, strconv.Itoa(d.Counts.Failed)},
		{keyPartial, strconv.FormatBool(d.Partial)},
		{keyRollback, d.Rollback},
	} {
		if t.value != "" {
			fmt.Fprintf(&b, "%s: %s\n", t.key, quote(t.value))
		}
	}
	return b.String()
}

// String lists the counts that aren't zero, as in "3 created, 1 failed".
func (c Counts) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Created, "created"}, {c.Updated, "updated"}, {c.Deleted, "deleted"}, {c.Failed, "failed"}} {
		if p.n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	if len(parts) == 0 {
		return "nothing changed"
	}
	return strings.Join(parts, ", ")
}

// quote keeps a value on its line. What isn't plain text stands in Go's quotes,
// so that unquote gives it back to the byte.
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

// plain makes one short line of a text from outside, for people.
func plain(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// rawCommit is a commit as git stores it.
type rawCommit struct {
	hash string
	body []byte
}

// commit is what a commit object says.
type commit struct {
	parents []string
	// when is the committer's time.
	when    time.Time
	message string
}

func (r rawCommit) parse() (commit, error) {
	head, message, ok := strings.Cut(string(r.body), "\n\n")
	if !ok {
		head, message = strings.TrimSuffix(string(r.body), "\n"), ""
	}
	c := commit{message: message}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "parent":
			c.parents = append(c.parents, value)
		case "committer":
			f := strings.Fields(value[strings.LastIndexByte(value, '>')+1:])
			if len(f) != 2 {
				continue
			}
			seconds, err := strconv.ParseInt(f[0], 10, 64)
			if zone, zoneErr := time.Parse("-0700", f[1]); err == nil && zoneErr == nil {
				_, offset := zone.Zone()
				c.when = time.Unix(seconds, 0).In(time.FixedZone("", offset))
			}
		}
	}
	if !slices.ContainsFunc(c.parents, func(p string) bool { return !isHash(p) }) {
		return c, nil
	}
	return c, fmt.Errorf("commit %s is damaged: it names a parent that is no commit", r.hash)
}

// deployment reads a record from its commit.
func (r rawCommit) deployment(ref string) (Deployment, error) {
	c, err := r.parse()
	if err != nil {
		return Deployment{}, err
	}
	d := Deployment{Hash: r.hash, Ref: ref, Time: c.when}
	if len(c.parents) > 0 {
		d.Parent = c.parents[0]
	}
	if len(c.parents) > 1 {
		d.Merge = c.parents[1]
	}
	found := trailers(c.message)
	bad := func(reason string) error { return &FormatError{Ref: ref, Hash: r.hash, Reason: reason} }
	version, ok := found[keyFormat]
	if !ok {
		return Deployment{}, bad("is no record of a deployment: its message has no " + keyFormat + " line")
	}
	if n, err := strconv.Atoi(version); err != nil || n < 1 {
		return Deployment{}, bad(fmt.Sprintf("has %s %q, which no pdac writes", keyFormat, plain(version, 20)))
	} else if n > messageFormat {
		return Deployment{}, &FormatError{Ref: ref, Hash: r.hash, Newer: true, Reason: fmt.Sprintf("was written by a newer pdac (format %d; this one knows %d)", n, messageFormat)}
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
	for key, n := range map[string]*int{
		keyFiles: &d.FileCount, keyCreated: &d.Counts.Created, keyUpdated: &d.Counts.Updated,
		keyDeleted: &d.Counts.Deleted, keyUnchanged: &d.Counts.Unchanged, keyFailed: &d.Counts.Failed,
	} {
		text, ok := found[key]
		if !ok {
			continue
		}
		if *n, err = strconv.Atoi(text); err != nil || *n < 0 {
			return Deployment{}, bad(fmt.Sprintf("has %s %q, which is no number", key, plain(text, 20)))
		}
	}
	return d, nil
}

// trailers reads the message's last paragraph, and that alone: what a subject
// says can't pass for a trailer.
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

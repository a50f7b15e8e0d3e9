package report

import (
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// quoter quotes external text for a format, cut to most characters: plain for
// terminals, code for Markdown.
type quoter func(s string, most int) string

func plain(s string, most int) string { return clip(Clean(s), most) }

// The limits for the name of a person and the subject of a commit, in characters.
const (
	longestName    = 60
	longestSubject = 72
)

// moment formats a time; "" if it is not set.
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// deployed describes the last deployment, or what is used instead of it; "" if it is
// unknown.
func deployed(b *sync.BaseInfo, q quoter) string {
	if b == nil {
		return ""
	}
	head, what := "Last deployed: ", "uncommitted files"
	if b.Record == "" {
		head, what = "Used as the last deployment: ", "the working tree"
	}
	if b.Revision != "" {
		what = "revision " + q(shortRevision(b.Revision), 60)
	}
	if b.Actor != "" {
		what += " by " + person(b.Actor, q)
	}
	if at := moment(b.Time); at != "" {
		what += ", " + at
	}
	return head + what
}

// person removes the e-mail address from "Name <mail>".
func person(s string, q quoter) string {
	if name, _, ok := strings.Cut(s, " <"); ok && strings.TrimSpace(name) != "" {
		s = name
	}
	return q(s, longestName)
}

// commit describes a commit: "abc1234 by Ada, 2026-11-02". A valid id isn't quoted,
// so that GitHub links it.
func commit(c sync.Commit, q quoter) string {
	out := q(c.Hash, 7)
	if isHash(c.Hash) {
		out = c.Hash[:7]
	}
	if c.Author != "" {
		out += " by " + person(c.Author, q)
	}
	if c.Time != nil {
		out += ", " + c.Time.UTC().Format("2006-01-02")
	}
	return out
}

// telling controls the lines about the origin of a change.
type telling struct {
	// room is how many characters fit on a line.
	room int
	// seen are the commits whose subject was already shown, so that it is shown only
	// once; nil if each change is shown separately.
	seen map[string]bool
}

// said is a line about the origin of a change and its consequence, which may move to
// a line of its own. External text is only in the first part, after our own words, so
// that it never starts a line.
type said struct{ who, then string }

func (s said) String() string {
	if s.then == "" {
		return s.who
	}
	return s.who + "; " + s.then
}

// commits returns a line for each commit with what it did ("committed", "removed"),
// and as much of its subject as fits.
func (t telling) commits(list []sync.Commit, did string) []said {
	var out []said
	shown := distinct(list)
	for i, c := range shown {
		if i == maxCommits && len(shown) > maxCommits+1 {
			return append(out, said{who: "and in " + Count(len(shown)-i, "earlier commit", "earlier commits")})
		}
		if what := uncommitted(c); what != "" {
			out = append(out, said{who: strings.TrimPrefix(did+", ", "committed, ") + what})
			continue
		}
		line := did + " in " + commit(c, plain)
		if c.Subject != "" && !t.seen[c.Hash] {
			if t.seen != nil {
				t.seen[c.Hash] = true
			}
			most := max(min(longestSubject, t.room-len([]rune(line))-2), 20)
			line += ": " + plain(c.Subject, most)
		}
		out = append(out, said{who: line})
	}
	return out
}

// maxCommits is how many commits of a group of fields are shown.
const maxCommits = 5

// uncommitted describes a change that is in no commit; "" for others.
func uncommitted(c sync.Commit) string {
	switch {
	case c.TakenBack:
		return "taken back, after it was deployed without a commit"
	case c.Uncommitted || c.Hash == "":
		return "not committed yet"
	}
	return ""
}

// sameCommit reports whether two commits are shown as one. All uncommitted changes
// are.
func sameCommit(a, b sync.Commit) bool { return a.Hash == b.Hash && a.TakenBack == b.TakenBack }

// distinct returns each commit once, and a single one for all uncommitted changes.
func distinct(list []sync.Commit) []sync.Commit {
	var out []sync.Commit
	for _, c := range list {
		if c.Uncommitted {
			c.Hash = ""
		}
		if !slices.ContainsFunc(out, func(o sync.Commit) bool { return sameCommit(o, c) }) {
			out = append(out, c)
		}
	}
	return out
}

// group is the fields of an update with the same origin.
type group struct {
	cause      sync.Cause
	commits    []sync.Commit
	acceptance *sync.Acceptance
	fields     []sync.FieldChange
}

// groups groups the fields of an update by origin: committed changes first, by
// commit, and conflicts last.
func groups(c sync.Change) []group {
	order := []sync.Cause{"", sync.CauseCommit, sync.CauseAdopt, sync.CauseDrift, sync.CauseConflict}
	for _, f := range c.Fields {
		if !slices.Contains(order, f.Cause) {
			order = append(order, f.Cause)
		}
	}
	var out []group
	for _, cause := range order {
		for _, f := range c.Fields {
			if f.Cause != cause || c.Action == sync.Replace && f.Carried && isAccepted(f.Acceptance) {
				continue
			}
			by := distinct(c.CommitsOf(f))
			i := slices.IndexFunc(out, func(g group) bool {
				return g.cause == cause && sameAcceptance(g.acceptance, f.Acceptance) && slices.EqualFunc(g.commits, by, sameCommit)
			})
			if i < 0 {
				i = len(out)
				out = append(out, group{cause: cause, commits: by, acceptance: f.Acceptance})
			}
			out[i].fields = append(out[i].fields, f)
		}
	}
	return out
}

// whereEdited describes where an edit was made, with its time if it is known.
func whereEdited(e *sync.Edit, q quoter) string {
	out := e.Where(func(name string) string { return q(name, longestName) })
	if e == nil || e.At == nil {
		return out
	}
	return out + " " + moment(e.At)
}

// lastChanged returns when a live entity was last changed; "" if it is unknown.
func lastChanged(e *sync.Edit, q quoter) string {
	if e == nil || e.At == nil {
		return ""
	}
	by := ""
	if e.ChangedBy != nil && (e.ChangedBy.Type != panther.ActorUser || e.ChangedBy.Name != "") {
		by = e.Where(func(s string) string { return q(s, longestName) }) + " "
	}
	return "last changed " + by + moment(e.At)
}

// origin returns who created an unmanaged entity, and when it was last changed. For
// other entities Panther only reports a token as their creator.
func origin(e *sync.Edit, q quoter) string {
	if e == nil || e.CreatedBy == "" {
		return lastChanged(e, q)
	}
	return strings.TrimSuffix("created by "+q(e.CreatedBy, longestName)+", "+lastChanged(e, q), ", ")
}

// policy returns the policy of a plan for a cause, and its key. Committed changes
// have no policy.
func policy(p *sync.Plan, c sync.Cause) (sync.Policy, string) {
	switch c {
	case sync.CauseConflict:
		return p.Policies.OnConflict, "on_conflict"
	case sync.CauseDrift, sync.CauseAdopt:
		return p.Policies.OnDrift, "on_drift"
	}
	return "", ""
}

// fate describes what happens to a change that was not made in the repository: undone
// if an apply reverts it, stays if it is kept.
func fate(p *sync.Plan, c sync.Change, cause sync.Cause, kept bool, undone, stays string) string {
	by, key := policy(p, cause)
	switch {
	case kept && by == sync.Keep:
		return stays + ", because " + key + " is keep"
	case kept && c.Reason != "":
		return stays + ": " + plain(c.Reason, 200)
	case kept:
		return stays
	case by == sync.Fail:
		return "this stops the apply"
	}
	return undone
}

// who returns the lines about who changed a group of fields, and what becomes of that.
func (t telling) who(p *sync.Plan, c sync.Change, g group, kept bool) []said {
	replaced := "the repository's value replaces it"
	if len(g.fields) > 1 {
		replaced = "the repository's values replace them"
	}
	who := t.commits(g.commits, "committed")
	switch g.cause {
	case sync.CauseCommit:
		if who == nil && c.Cause == sync.CauseMixed || who == nil && c.Cause == sync.CauseConflict {
			return []said{{who: "changed in the repository"}}
		}
		return who
	case sync.CauseDrift:
		back := "the repository's value is restored"
		if len(g.fields) > 1 {
			back = "the repository's values are restored"
		}
		return []said{{"drift: edited " + whereEdited(c.Edited, plain), fate(p, c, g.cause, kept, back, "it is kept")}}
	case sync.CauseConflict:
		return append([]said{{"conflict: edited " + whereEdited(c.Edited, plain) + " and in the repository", fate(p, c, g.cause, kept, replaced, "it is kept")}}, who...)
	case sync.CauseAdopt:
		out := []said{{"adopted: already live, but never deployed from this repository", fate(p, c, g.cause, kept, replaced, "it is kept")}}
		if about := origin(c.Edited, plain); about != "" {
			out = append(out, said{who: about})
		}
		return out
	}
	return nil
}

// wholeWho returns the lines about who changed a whole entity, and what happens to it.
func (t telling) wholeWho(p *sync.Plan, c sync.Change, kept bool) []said {
	switch {
	case c.Action == sync.Create:
		who := t.commits(c.Commits, "committed")
		again := fate(p, c, c.Cause, kept, "it is created again", "it stays deleted")
		switch c.Cause {
		case sync.CauseCommit:
			return who
		case sync.CauseDrift:
			return []said{{"drift: deleted in Panther", again}}
		case sync.CauseConflict:
			return append([]said{{"conflict: deleted in Panther and changed in the repository", again}}, who...)
		}
	case c.Action == sync.Replace:
		return t.replaced(p, c, kept)
	case c.Action == sync.Delete:
		who := t.commits(c.Commits, "removed")
		switch {
		case c.Cause == sync.CauseConflict:
			gone := fate(p, c, c.Cause, kept, "it is deleted", "it is kept")
			return append([]said{{"conflict: removed in the repository and edited " + whereEdited(c.Edited, plain), gone}}, who...)
		case kept:
			return append([]said{{who: fate(p, c, c.Cause, kept, "", "it is kept")}}, who...)
		}
		return who
	}
	return nil
}

// replaced returns the lines below a replace.
func (t telling) replaced(p *sync.Plan, c sync.Change, kept bool) []said {
	who := t.commits(c.Commits, "committed")
	then := fate(p, c, c.Cause, kept, "it is replaced", "it is kept")
	switch {
	case c.Cause == sync.CauseDrift:
		return []said{{"drift: its type was changed in Panther", then}}
	case c.Cause == sync.CauseConflict && slices.ContainsFunc(c.Fields, func(f sync.FieldChange) bool { return f.Cause == sync.CauseConflict }):
		return append([]said{{"conflict: its type was changed in the repository, and it was edited " + whereEdited(c.Edited, plain), then}}, who...)
	case c.Cause == sync.CauseConflict:
		return append([]said{{"conflict: its type was changed in Panther, and it was changed in the repository", then}}, who...)
	case kept:
		return []said{{who: then}}
	}
	return who
}

// by writes who made a change, for a line of a comment.
func by(c sync.Change, kept bool, m markup) string {
	var out []string
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	here := func(list []sync.Commit) string {
		var who []string
		shown := distinct(list)
		for i, by := range shown {
			if i == maxCommits && len(shown) > maxCommits+1 {
				who = append(who, Count(len(shown)-i, "earlier commit", "earlier commits"))
				break
			}
			if what := uncommitted(by); what != "" {
				who = append(who, what)
			} else {
				who = append(who, m.commit(by))
			}
		}
		return strings.Join(who, "; ")
	}
	and := func(head, did, list string) string {
		if list == "" {
			return head + " and " + did + " in the repository"
		}
		return head + ", and " + list
	}
	switch {
	case c.Action != sync.Update && c.Cause == sync.CauseCommit:
		add(here(c.Commits))
	case c.Action == sync.Create && c.Cause == sync.CauseDrift:
		add(m.strong("drift") + ": deleted in Panther")
	case c.Action == sync.Create && c.Cause == sync.CauseConflict:
		add(and(m.strong("conflict")+": deleted in Panther", "changed", here(c.Commits)))
	case c.Action == sync.Replace && c.Cause == sync.CauseDrift:
		add(m.strong("drift") + ": its type was changed in Panther")
	case c.Action == sync.Replace && c.Cause == sync.CauseConflict:
		add(and(m.strong("conflict")+": changed in Panther", "changed", here(c.Commits)))
	case c.Action == sync.Delete && c.Cause == sync.CauseConflict:
		add(and(m.strong("conflict")+": edited "+whereEdited(c.Edited, m.quote), "removed", here(c.Commits)))
	case c.Action == sync.Update:
		var commits []sync.Commit // each once, although it made several groups
		for _, g := range groups(c) {
			if g.cause == sync.CauseCommit {
				commits = append(commits, g.commits...)
			}
		}
		add(here(commits))
		for _, g := range groups(c) {
			switch g.cause {
			case sync.CauseDrift:
				add(m.strong("drift") + ": edited " + whereEdited(c.Edited, m.quote))
			case sync.CauseConflict:
				add(and(m.strong("conflict")+": edited "+whereEdited(c.Edited, m.quote), "changed", here(g.commits)))
			case sync.CauseAdopt:
				add(m.strong("adopted") + ": already live, " + origin(c.Edited, m.quote))
			}
		}
	}
	for _, note := range acceptanceNotes(c, m.quote) {
		add(note)
	}
	if out == nil && kept {
		add(m.quote(c.Reason, 200))
	}
	return strings.Join(out, "; ")
}

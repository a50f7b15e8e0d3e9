package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// stops returns an error for each change that a policy stops: drift and conflicts.
func (p *Plan) stops(policies Policies) []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, c := range p.Changes {
		for _, cause := range []Cause{CauseConflict, CauseDrift, CauseAdopt} {
			if !c.has(cause) || policies.to(cause) != Fail {
				continue
			}
			out = append(out, repo.Diagnostic{
				Severity: repo.SeverityError, Path: c.Path, Kind: string(c.Kind), ID: c.ID, Message: c.stopped(cause),
			})
			break
		}
	}
	return out
}

// NameEdits calls a function that adds who made the edits of changes, and then names them
// in the plan's errors too.
func (p *Plan) NameEdits(policies Policies, name func()) {
	before := p.stops(policies)
	name()
	after := p.stops(policies)
	for i, old := range before {
		if at := slices.Index(p.Diagnostics, old); at >= 0 {
			p.Diagnostics[at] = after[i]
		}
	}
}

// stopped returns why a policy stops the change, and what to do.
func (c Change) stopped(cause Cause) string {
	fields := strings.Join(fieldNames(c.Fields, cause), ", ")
	edited := c.Edited.at()
	old, replaces := c.Replaced()
	switch {
	case replaces && cause == CauseConflict && fields != "":
		return fmt.Sprintf("conflict: %s became %s in the repository, and %s of it was edited %s since it was deployed%s; restore its old files and run pdac pull to keep the edit, or use --on-conflict revert (replace it) or keep (leave it)", old, c.Kind.Article(), fields, c.Edited.where(), edited)
	case replaces && cause == CauseConflict:
		return fmt.Sprintf("conflict: %s was changed in the repository, and became %s in Panther since it was deployed%s; remove its files and run pdac pull --adopt to keep that one, or use --on-conflict revert (replace it) or keep (leave it)", c.Key(), old.Kind.Article(), edited)
	case replaces:
		return fmt.Sprintf("drift: %s became %s in Panther since it was deployed%s; remove its files and run pdac pull --adopt to keep that one, or use --on-drift revert (replace it) or keep (leave it)", c.Key(), old.Kind.Article(), edited)
	case cause == CauseConflict && c.Action == Delete:
		return fmt.Sprintf("conflict: %s was removed from the repository and edited %s since it was deployed%s; restore its files and run pdac pull to keep the edit, or use --on-conflict revert (delete it) or keep (leave it)", c.Key(), c.Edited.where(), edited)
	case cause == CauseConflict && c.Action == Create:
		return fmt.Sprintf("conflict: %s was changed in the repository and deleted in Panther since it was deployed; remove its files, or use --on-conflict revert (create it again) or keep (leave it deleted)", c.Key())
	case cause == CauseConflict:
		return fmt.Sprintf("conflict: %s of %s changed in both the repository and Panther since it was deployed%s; take Panther's value with pdac pull --take-conflicts, or use --on-conflict revert (the repository's) or keep (Panther's)", fields, c.Key(), edited)
	case cause == CauseAdopt:
		return fmt.Sprintf("%s is live with different values of %s and was not deployed from this repository%s; take them with pdac pull, or use --on-drift revert (the repository's) or keep (Panther's)", c.Key(), fields, edited)
	case c.Action == Create:
		return fmt.Sprintf("drift: %s was deleted in Panther since it was deployed; remove its files, or use --on-drift revert (create it again) or keep (leave it deleted)", c.Key())
	}
	return fmt.Sprintf("drift: %s of %s was edited %s since it was deployed%s; take the edit with pdac pull, or use --on-drift revert (the repository's) or keep (Panther's)", fields, c.Key(), c.Edited.where(), edited)
}

// sides reports what the plan skips, and what is unknown without a base.
func (b *builder) sides() []repo.Diagnostic {
	var out []repo.Diagnostic
	say := func(s repo.Severity, format string, args ...any) {
		out = append(out, repo.Diagnostic{Severity: s, Message: fmt.Sprintf(format, args...)})
	}
	for _, why := range b.reasons {
		if !b.blind() {
			say(repo.SeverityWarning, "deployed earlier and missing from the repository, but not planned for deletion, because %s: %s", why, some(b.kept[why]))
		}
	}
	if base := b.opts.Base; base != nil && base.Unreadable > 0 {
		say(repo.SeverityWarning, "%d of the specs in the record of the last deployment can't be read by this version of pdac; what they deployed is compared with Panther without it", base.Unreadable)
	}
	return out
}

// contentDigest returns a digest of the files of all planned entities.
func contentDigest(r *repo.Repo, items []*repo.Item) string {
	sum := sha256.New()
	for _, it := range items {
		fmt.Fprintf(sum, "%q %q %d %d\n", it.Path, it.BodyPath, len(r.Sources[it.Path]), len(r.Sources[it.BodyPath]))
		sum.Write(r.Sources[it.Path])
		sum.Write(r.Sources[it.BodyPath])
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

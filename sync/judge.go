package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// judge tells of what a policy stops: drift and conflicts.
func (b *builder) judge() {
	for _, c := range b.plan.Changes {
		for _, cause := range []Cause{CauseConflict, CauseDrift, CauseAdopt} {
			if !c.has(cause) || b.opts.Policies.to(cause) != Fail {
				continue
			}
			b.plan.Diagnostics = append(b.plan.Diagnostics, repo.Diagnostic{
				Severity: repo.SeverityError, Path: c.Path, Kind: string(c.Kind), ID: c.ID, Message: c.stopped(cause),
			})
			break
		}
	}
}

// stopped says why a policy stops the change, and what to do.
func (c Change) stopped(cause Cause) string {
	fields := strings.Join(fieldNames(c.Fields, cause), ", ")
	edited := c.Edited.at()
	switch {
	case cause == CauseConflict && c.Action == Delete:
		return fmt.Sprintf("conflict: %s was removed from the repository and edited in the console since it was deployed%s; take the edit over by restoring its files and pdac pull, or give --on-conflict revert (delete it) or keep (leave it)", c.Key(), edited)
	case cause == CauseConflict && c.Action == Create:
		return fmt.Sprintf("conflict: %s was changed here and deleted in the console since it was deployed; remove its files, or give --on-conflict revert (create it again) or keep (leave it deleted)", c.Key())
	case cause == CauseConflict:
		return fmt.Sprintf("conflict: %s of %s changed here and in the console since it was deployed%s; take the console's value over with pdac pull --take-conflicts, or give --on-conflict revert (the repository's) or keep (Panther's)", fields, c.Key(), edited)
	case cause == CauseAdopt:
		return fmt.Sprintf("%s is live with other values of %s and was not deployed from here%s; take them over with pdac pull, or give --on-drift revert (the repository's) or keep (Panther's)", c.Key(), fields, edited)
	case c.Action == Create:
		return fmt.Sprintf("drift: %s was deleted in the console since it was deployed; remove its files, or give --on-drift revert (create it again) or keep (leave it deleted)", c.Key())
	}
	return fmt.Sprintf("drift: %s of %s was edited in the console since it was deployed%s; take it over with pdac pull, or give --on-drift revert (the repository's) or keep (Panther's)", fields, c.Key(), edited)
}

// sides says what a plan can't tell for want of a base, and what it leaves.
func (b *builder) sides() []repo.Diagnostic {
	var out []repo.Diagnostic
	say := func(s repo.Severity, format string, args ...any) {
		out = append(out, repo.Diagnostic{Severity: s, Message: fmt.Sprintf(format, args...)})
	}
	for _, why := range b.reasons {
		if !b.blind() {
			say(repo.SeverityWarning, "deployed before and not here now, but not planned for deletion, because %s: %s", why, some(b.kept[why]))
		}
	}
	if base := b.opts.Base; base != nil && base.Unreadable > 0 {
		say(repo.SeverityWarning, "%d of the specs in the record of the last deployment can't be read by this version of pdac; what they deployed is held against Panther without it", base.Unreadable)
	}
	return out
}

// contentDigest is a digest of the files of every entity that was planned for.
func contentDigest(r *repo.Repo, items []*repo.Item) string {
	sum := sha256.New()
	for _, it := range items {
		fmt.Fprintf(sum, "%q %q %d %d\n", it.Path, it.BodyPath, len(r.Sources[it.Path]), len(r.Sources[it.BodyPath]))
		sum.Write(r.Sources[it.Path])
		sum.Write(r.Sources[it.BodyPath])
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

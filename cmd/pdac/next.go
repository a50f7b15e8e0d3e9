package main

import (
	"slices"
	"strings"
	"unicode"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// plainWord is a word that no shell changes.
var plainWord = lazyregexp.New(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quoted writes a word for a shell.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// same writes the flags of a run that another command of the same repository and
// Panther needs, too. Those in aside are of this command alone, as are those of the
// output.
func same(cmd *cobra.Command, aside ...string) string {
	out := ""
	skip := map[string]bool{"out": true, "format": true, "detailed-exitcode": true, "impact": true, "behaviour": true, "fail-on": true, "no-color": true, "quiet": true, "verbose": true, "debug": true, "log-format": true}
	for _, name := range aside {
		skip[name] = true
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if skip[f.Name] {
			return
		}
		name := " --" + f.Name
		if f.Name == "dir" {
			name = " -C"
		}
		switch v := f.Value.(type) {
		case pflag.SliceValue:
			for _, word := range v.GetSlice() {
				out += name + " " + quoted(word)
			}
		default:
			if f.Value.Type() != "bool" {
				name += " " + quoted(f.Value.String())
			} else if f.Value.String() != "true" {
				name += "=" + f.Value.String()
			}
			out += name
		}
	})
	return out
}

// afterPlan is what to do after a plan.
func afterPlan(cmd *cobra.Command, o *planOptions) string {
	if o.out != "" {
		return "To apply exactly this plan: pdac apply" + same(cmd, "ref", "staged", "only", "owner", "filter", "except", "with-dependencies", "without-dependencies", "delete", "allow-empty", "no-lint", "tests", "on-drift", "on-conflict", "unmanaged-fields", "base") + " " + quoted(o.out)
	}
	return "To apply it: pdac apply" + same(cmd)
}

// onlyGuarded reports whether guards hold every change of a plan back.
func onlyGuarded(p *sync.Plan) bool {
	return len(p.Changes) > 0 && !slices.ContainsFunc(p.Changes, func(c sync.Change) bool { return len(c.Guards) == 0 })
}

// onlyDeletes reports whether a plan has no change that is applied while deletes are
// held back.
func onlyDeletes(p *sync.Plan) bool {
	return p.Summary.Delete+p.Summary.Replace > 0 && !slices.ContainsFunc(p.Changes, func(c sync.Change) bool {
		return c.Action != sync.Replace && (c.Action != sync.Delete || c.MovedTo != "")
	})
}

// asPattern returns a pattern for an entity, also if its id has characters that mean
// something else in a pattern, or that can't be shown.
func asPattern(k panther.Key) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`*[]{}\`, r) {
			return '?'
		}
		return r
	}, k.String())
}

// afterDrift is what to do after a drift report.
func afterDrift(cmd *cobra.Command, d *sync.Drift) string {
	flags := same(cmd, "owner", "filter", "except", "issue", "repo", "dry-run")
	if len(d.Owners)+len(d.Filters)+len(d.Except) > 0 {
		// pull does not know owners, filters and exceptions.
		const most = 5
		if len(d.Entities) > most {
			return ""
		}
		flags = same(cmd, "owner", "filter", "except", "only")
		for _, e := range d.Entities {
			flags += " --only " + quoted(asPattern(e.Key()))
		}
	}
	var out []string
	if d.Summary.Edited+d.Summary.Deleted > 0 {
		out = append(out, "To take the changes over into the files: pdac pull"+flags, "to undo them in Panther: pdac apply"+flags)
	} else if d.Summary.Unmanaged > 0 {
		out = append(out, "To create files for what is unmanaged: pdac pull --adopt"+flags)
	}
	return strings.Join(out, "; ")
}

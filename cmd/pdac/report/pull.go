package report

import (
	"io"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// PullOptions are the options of Pull and Import.
type PullOptions struct {
	// Format is Text or JSON.
	Format Format
	// Color enables colors in text.
	Color bool
	// Verbose also shows the notes of every run whole.
	Verbose bool
	// Quiet limits text to problems and the summary.
	Quiet bool
	// Dry is set if nothing was written.
	Dry bool
}

// Pull shows the changes that a pull wrote to the files, or would write.
func Pull(w io.Writer, p *deploy.Pull, o PullOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, p)
	case Text, "":
		t := newPrinter(w, o.Color)
		if o.Dry && !o.Quiet {
			t.files(p.Changes())
		}
		t.pull(p, o)
		return t.end("pull")
	}
	return badFormat(o.Format, PullView)
}

func (p *printer) pull(pull *deploy.Pull, o PullOptions) {
	p.entities(pull, o)
	p.line(p.bold.Sprint(pulled(pull, o.Dry)))
	if pull.Branch != nil {
		p.line(onBranch(pull.Branch))
		return
	}
	if len(pull.Files) > 0 && !o.Quiet && !o.Dry {
		p.line("Review the changes with git diff and commit them; the next plan then shows no drift for them.")
	}
}

// onBranch says what became of the branch of a pull.
func onBranch(b *deploy.Branch) string {
	name, where := Clean(b.Name), ""
	if b.Remote != "" {
		where = " and pushed to " + Clean(b.Remote)
	}
	commit, base := b.Commit[:min(len(b.Commit), 7)], shortRevision(b.Revision)
	switch b.State {
	case deploy.BranchCommitted:
		return "Committed on " + name + where + ": " + commit + ", based on " + base + "."
	case deploy.BranchUpToDate:
		if where != "" {
			where = ", also in " + Clean(b.Remote)
		}
		return "The branch " + name + " is up to date: " + commit + ", based on " + base + where + "."
	}
	return "Nothing was committed on " + name + "."
}

func (p *printer) entities(pull *deploy.Pull, o PullOptions) {
	for _, e := range pull.Entities {
		name := Clean(string(e.Kind)) + " " + title(e.ID)
		files := make([]string, len(e.Files))
		for i, f := range e.Files {
			files[i] = Clean(f)
		}
		where := ""
		if len(files) > 0 {
			where = p.faint.Sprint(" (" + strings.Join(files, ", ") + ")")
		}
		fields := Clean(strings.Join(e.Fields, ", "))
		switch e.What {
		case deploy.PullEdited:
			if o.Quiet {
				continue
			}
			when := ""
			if e.Edited != nil && e.Edited.At != nil {
				when = p.faint.Sprint("  last changed " + moment(e.Edited.At))
			}
			p.line(p.yellow.Sprint("~ edited"), " ", p.bold.Sprint(name), where, ": ", fields, when)
		case deploy.PullDeleted:
			if !o.Quiet {
				p.line(p.red.Sprint("- deleted"), " ", p.bold.Sprint(name), where)
			}
		case deploy.PullAdopted:
			if !o.Quiet {
				p.line(p.green.Sprint("+ adopted"), " ", p.bold.Sprint(name), where)
				if e.Reason != "" {
					p.paragraphs("    ", e.Reason, "    ")
				}
			}
		case deploy.PullAccepted:
			if !o.Quiet {
				p.paragraphs(p.faint.Sprint("= accepted")+" "+p.bold.Sprint(name)+": ", withFields(fields, e.Reason), "    ")
			}
		case deploy.PullConflict:
			p.paragraphs(p.yellow.Sprint("! conflict")+" "+p.bold.Sprint(name)+where+": ", withFields(fields, e.Reason), "    ")
		default:
			p.paragraphs(p.red.Sprint("! failed")+" "+p.bold.Sprint(name)+where+": ", withFields(fields, e.Reason), "    ")
		}
	}
	p.packs(pull, o)
	p.gap()
	if ds := p.standing(pull.Diagnostics, pull.Base, o.Verbose); len(ds) > 0 {
		p.diagnostics(ds)
		p.gap()
	}
}

// packs shows the packs that list what was deleted, and what becomes of the ids.
func (p *printer) packs(pull *deploy.Pull, o PullOptions) {
	for _, l := range pull.Packs {
		name := p.bold.Sprint(Clean(l.Path))
		ids := make([]string, len(l.IDs))
		for i, id := range l.IDs {
			ids[i] = title(id)
		}
		where := name + p.faint.Sprint(":"+number(l.Line)) + " lists " + strings.Join(ids, ", ") + ", which "
		were, them := "were", "them"
		if len(ids) == 1 {
			were, them = "was", "it"
		}
		where += were + " deleted in the console"
		switch {
		case l.Updated:
			if !o.Quiet {
				p.line(p.yellow.Sprint("~ edited"), " pack ", name, ": without "+strings.Join(ids, ", "))
			}
		case l.Reason != "":
			p.paragraphs(p.yellow.Sprint("! ")+where+": ", "pdac can't take "+them+" out, because "+l.Reason, "    ")
		default:
			p.paragraphs(p.yellow.Sprint("! ")+where+"; ", "pdac pull --update-packs takes "+them+" out", "    ")
		}
	}
}

// Diffs shows the changes of files as a unified diff.
func Diffs(w io.Writer, changes []repo.FileChange, color bool) error {
	p := newPrinter(w, color)
	p.files(changes)
	return p.end("differences")
}

// files shows the changes of files as a unified diff.
func (p *printer) files(changes []repo.FileChange) {
	for _, c := range changes {
		from, to := "a/"+c.Path, "b/"+c.Path
		if c.Before == nil {
			from = "/dev/null"
		}
		if c.After == nil {
			to = "/dev/null"
		}
		for _, line := range revealUnified(textdiff.Unified(textdiff.Lines(string(c.Before), string(c.After), around), from, to)) {
			p.line(p.op(diff.Op(line[0]), cleanLine(line)))
		}
	}
	p.gap()
}

func withFields(fields, reason string) string {
	if fields == "" {
		return reason
	}
	return fields + ": " + reason
}

// pulled returns the summary in one line.
func pulled(p *deploy.Pull, dry bool) string {
	var parts []string
	for _, c := range []struct {
		what deploy.PullState
		word string
	}{{deploy.PullEdited, "edited"}, {deploy.PullDeleted, "deleted"}, {deploy.PullAdopted, "adopted"}, {deploy.PullAccepted, "accepted"}, {deploy.PullConflict, "in conflict"}, {deploy.PullFailed, "failed"}} {
		if n := p.Count(c.what); n > 0 {
			parts = append(parts, number(n)+" "+c.word)
		}
	}
	updated := 0
	for _, l := range p.Packs {
		if l.Updated {
			updated++
		}
	}
	if updated > 0 {
		parts = append(parts, Count(updated, "pack", "packs")+" updated")
	}
	if n := p.Managed; n > 0 {
		parts = append(parts, number(n)+" of Panther's packs skipped")
	}
	switch {
	case len(p.Entities) == 0 && len(parts) == 0:
		if len(p.Diagnostics)+len(p.Packs) > 0 {
			return "Nothing to pull." // the diagnostics may explain why
		}
		return "Nothing to pull: no changes were made in the console."
	case len(p.Files) == 0 && p.Count(deploy.PullAccepted) == len(p.Entities) && len(p.Entities) > 0:
		return "Nothing to pull: pdac.yaml accepts " + Count(len(p.Entities), "edit", "edits") + " in Panther."
	case dry:
		return "Would change " + Count(len(p.Files), "file", "files") + ": " + strings.Join(parts, ", ") + "."
	}
	return "Changed " + Count(len(p.Files), "file", "files") + ": " + strings.Join(parts, ", ") + "."
}

// Import shows the result of an import.
func Import(w io.Writer, p *deploy.Pull, dir string, o PullOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, p)
	case Text, "":
		t := newPrinter(w, o.Color)
		rest := *p
		rest.Entities = nil
		for _, e := range p.Entities {
			if e.What != deploy.PullAdopted || e.Reason != "" {
				rest.Entities = append(rest.Entities, e)
			}
		}
		t.entities(&rest, o)
		out := "Imported " + Count(p.Count(deploy.PullAdopted), "entity", "entities") + " into " + Clean(dir) + ": " + Count(len(p.Files), "file", "files")
		if n := p.Managed; n > 0 {
			out += ", " + number(n) + " of Panther's packs skipped"
		}
		if n := p.Count(deploy.PullFailed); n > 0 {
			out += ", " + number(n) + " failed"
		}
		t.line(t.bold.Sprint(out + "."))
		if !o.Quiet {
			t.line("Commit the files, then run pdac apply to record the first deployment; it changes nothing in Panther.")
		}
		return t.end("import")
	}
	return badFormat(o.Format, ImportView)
}

package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// About is what a commit says about itself.
type About struct {
	// Author and Mail identify the author; either may be empty. Time is the
	// author's, with a resolution of seconds.
	Author, Mail string
	Time         time.Time
	// Subject is the message's first paragraph on one line, without control
	// characters, of at most 300 characters.
	Subject string
}

// LogEntry is a commit.
type LogEntry struct {
	Hash    string
	Parents []string
	About
	// Committed is the committer's time, and Message the whole message.
	Committed time.Time
	Message   string
	// Cut says that the parents aren't in this shallow clone.
	Cut bool
	// Same says that the committer is the author, at the same time: nobody made the commit
	// from another one.
	Same bool

	tree string
}

// Tree returns the hash of the commit's tree.
func (c LogEntry) Tree() string { return c.tree }

// ParseCommit reads a commit as git stores it.
func ParseCommit(hash string, body []byte) (LogEntry, error) {
	c := LogEntry{Hash: hash}
	text := func(s string) string { return s }
	head, message, _ := bytes.Cut(body, []byte("\n\n"))
	author, committer := "", ""
	for line := range bytes.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		switch key {
		case "tree":
			c.tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
			if !isFullHash(value) {
				return c, fmt.Errorf("commit %s is damaged: it names a parent that is not a commit", hash)
			}
		case "author":
			author = value
			c.Author, c.Mail, c.Time = parsePerson(value)
		case "committer":
			committer = value
			_, _, c.Committed = parsePerson(value)
		case "encoding":
			switch strings.ToLower(value) {
			case "latin1", "latin-1", "iso-8859-1", "iso8859-1":
				text = fromLatin1
			}
		}
	}
	if !isFullHash(c.tree) {
		return c, fmt.Errorf("commit %s is damaged: it names no tree", hash)
	}
	c.Same = author != "" && author == committer
	c.Message = string(message)
	paragraph, _, _ := strings.Cut(strings.TrimLeft(strings.ReplaceAll(c.Message, "\r\n", "\n"), "\n"), "\n\n")
	const maxSubject = 300
	c.Subject = OneLine(text(paragraph), maxSubject)
	c.Author, c.Mail = OneLine(text(c.Author), maxSubject), OneLine(text(c.Mail), maxSubject)
	return c, nil
}

func parseCommit(hash, kind string, body []byte) (LogEntry, error) {
	if kind != "commit" {
		return LogEntry{}, fmt.Errorf("%w: %s is a %s", errNotCommit, hash, kind)
	}
	return ParseCommit(hash, body)
}

var errNotCommit = errors.New("not a commit")

// parsePerson reads "Name <mail> 1700000000 +0100". What can't be read is zero.
func parsePerson(value string) (name, mail string, when time.Time) {
	when = time.Unix(0, 0).UTC()
	open, end := strings.IndexByte(value, '<'), strings.LastIndexByte(value, '>')
	if open < 0 || end < open {
		return strings.TrimSpace(value), "", when
	}
	name, mail = strings.TrimSpace(value[:open]), strings.TrimSpace(value[open+1:end])
	f := strings.Fields(value[end+1:])
	if len(f) == 0 {
		return name, mail, when
	}
	seconds, err := strconv.ParseInt(f[0], 10, 64)
	if err != nil {
		return name, mail, when
	}
	when = time.Unix(seconds, 0).UTC()
	if len(f) > 1 {
		if zone, err := time.Parse("-0700", f[1]); err == nil {
			_, offset := zone.Zone()
			when = when.In(time.FixedZone("", offset))
		}
	}
	return name, mail, when
}

func fromLatin1(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}

// OneLine makes a text from outside safe to print: one line of at most limit
// characters, without control characters.
func OneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}

// Log visits a commit and its ancestors, the newest first, until visit returns
// false; at most limit commits unless that is 0. It goes on at none that a shallow
// clone lacks; an error that wraps ErrNoObject is one that should be there.
func (r *Repository) Log(ctx context.Context, start string, limit int, visit func(LogEntry) (more bool, err error)) error {
	edge, err := r.edge()
	if err != nil {
		return err
	}
	for _, e := range r.engines() {
		began := false
		err = e.log(ctx, start, limit, func(c LogEntry) (bool, error) {
			began = true
			c.Cut = edge[c.Hash] && len(c.Parents) > 0
			return visit(c)
		})
		if err == nil || began || ctx.Err() != nil {
			break // another engine would visit the same commits again
		}
	}
	return err
}

// Describe returns what commits say about themselves, by their full hashes. It
// ignores those that aren't in the repository around root, and what is no commit.
func Describe(ctx context.Context, root string, commits []string, o Options) (out map[string]About, err error) {
	r, err := open(root, "commits", false, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	found, err := r.Commits(ctx, commits)
	if err != nil {
		return nil, err
	}
	out = make(map[string]About, len(found))
	for hash, c := range found {
		out[hash] = c.About
	}
	return out, nil
}

package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// What is read of a repository has bounds, since a few small objects can name any number
// of files: each folder of a commit may hold the same folder twice.
const (
	// maxEntries is the default of Options.MaxEntries.
	maxEntries = 1_000_000
	// maxPath is the maximum number of bytes of a path.
	maxPath = 4096
	// maxCommit and maxTree are the maximum numbers of bytes of those objects.
	maxCommit = 16 << 20
	maxTree   = 128 << 20
	// maxIndex is the maximum number of bytes of an index, and maxOwn that of git's
	// other own files.
	maxIndex = 1 << 30
	maxOwn   = 64 << 20
	// maxSilence is the default of Options.MaxSilence.
	maxSilence = time.Minute
)

// TooManyError is a tree with more files and folders than pdac reads.
type TooManyError struct {
	// What is the tree: a commit, or a folder on disk.
	What  string
	Limit int
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("%s has more than %d files and folders; check that this is the right repository", e.What, e.Limit)
}

// budget counts the files and folders of one tree.
type budget struct {
	what       string
	spent, max int
}

// spend counts one more.
func (b *budget) spend(path string) error {
	if b.spent++; b.spent > b.max {
		return &TooManyError{What: b.what, Limit: b.max}
	}
	if len(path) > maxPath {
		return fmt.Errorf("%s has a path of more than %d bytes (%s…); check that this is the right repository", b.what, maxPath, path[:60])
	}
	return nil
}

// budget is for what a commit holds.
func (l layout) budget(what, commit string) *budget {
	return &budget{what: fmt.Sprintf("%s %.12s", what, commit), max: l.maxEntries}
}

// getTree reads a folder of limited size.
func (s *store) getTree(hash plumbing.Hash) (*object.Tree, error) {
	o, err := s.EncodedObject(plumbing.TreeObject, hash)
	if err != nil {
		return nil, err
	}
	if o.Size() > maxTree {
		return nil, &SizeError{Path: "folder " + hash.String(), Size: o.Size(), Limit: maxTree}
	}
	return object.DecodeTree(s, o)
}

// records runs git and passes each record that ends with NUL to each, until that returns
// an error.
func (p *program) records(ctx context.Context, args []string, each func(string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd, said, heard, err := p.listen(ctx, cancel, nil, args)
	if err != nil {
		return err
	}
	defer heard.stop()
	in := bufio.NewReaderSize(heard, 4*maxPath)
	for {
		record, err := in.ReadSlice(0)
		if errors.Is(err, io.EOF) && len(record) == 0 {
			break
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			err = fmt.Errorf("git %s: a path has more than %d bytes; check that this is the right repository", args[0], maxPath)
		} else if err == nil {
			err = each(string(record[:len(record)-1]))
		}
		if err != nil && !errors.Is(err, io.EOF) {
			cancel()
			_ = cmd.Wait()
			return err
		}
	}
	err = cmd.Wait()
	if heard.stop() {
		return heard.tooLong(args[0])
	}
	if err != nil {
		return p.failure(ctx, args, "", said.String(), err)
	}
	return nil
}

// hearing reads what git writes and ends git if it writes nothing for too long: git
// collects a whole comparison in memory before it writes any of it.
type hearing struct {
	from  io.Reader
	limit time.Duration
	timer *time.Timer
	late  atomic.Bool
}

func hear(from io.Reader, limit time.Duration, end func()) *hearing {
	h := &hearing{from: from, limit: limit}
	h.timer = time.AfterFunc(limit, func() { h.late.Store(true); end() })
	return h
}

func (h *hearing) Read(p []byte) (int, error) {
	h.timer.Reset(h.limit) // the reader may have been busy with something else
	n, err := h.from.Read(p)
	h.timer.Stop()
	return n, err
}

// stop ends the watch and reports whether git was ended.
func (h *hearing) stop() bool {
	h.timer.Stop()
	return h.late.Load()
}

func (h *hearing) tooLong(command string) error {
	return &SilenceError{Command: command, Limit: h.limit}
}

// SilenceError is a git program that was ended since it wrote nothing.
type SilenceError struct {
	Command string
	Limit   time.Duration
}

func (e *SilenceError) Error() string {
	return fmt.Sprintf("git %s wrote nothing for %v and was ended; a commit may have more files than can be compared: check that this is the right repository", e.Command, e.Limit)
}

// readDir lists a folder on disk, in no order.
func readDir(dir string, b *budget) ([]fs.DirEntry, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []fs.DirEntry
	for {
		some, err := f.ReadDir(1024)
		for _, e := range some {
			if err := b.spend(e.Name()); err != nil {
				return nil, err
			}
		}
		all = append(all, some...)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

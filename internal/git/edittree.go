package git

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// The modes of what is in a folder and is no plain file.
const (
	modeFolder = "040000"
	modeLink   = "120000"
	modeNested = "160000"
)

// EditTree stores a tree that is that of a commit with some files changed, and returns its
// hash. Paths start at the top of the repository; nil removes a file, and with the last one
// its folder. Everything else stays, with its mode. The error is a *PathError for a path
// that leads through a file, or that is not a file.
func (r *Repository) EditTree(ctx context.Context, commit string, files map[string][]byte) (tree string, err error) {
	content := make(map[string][]byte, len(files))
	for p, c := range files {
		if err := CheckPath(p); err != nil {
			return "", err
		}
		if c != nil {
			content[BlobHash(c, r.config.sha256())] = c
		}
	}
	return askProgram(r, func(e engine) (string, error) {
		c, err := e.commit(ctx, commit)
		if err != nil {
			return "", err
		}
		if err := storeMissing(ctx, e, content); err != nil {
			return "", err
		}
		err = e.storeTrees(ctx, func(put storeTree) error {
			edit := treeEdit{engine: e, put: put, sha256: r.config.sha256()}
			tree, err = edit.folder(ctx, "", c.tree, files)
			if err == nil && tree == "" {
				tree, err = put(nil)
			}
			return err
		})
		var bad *PathError
		if err != nil && !errors.As(err, &bad) {
			return "", fmt.Errorf("store folders in git: %w", err)
		}
		return tree, err
	})
}

type treeEdit struct {
	engine
	put    storeTree
	sha256 bool
}

// folder stores a changed folder and returns its hash; "" if it is empty. dir ends with a
// slash, unless it is "".
func (t treeEdit) folder(ctx context.Context, dir, hash string, files map[string][]byte) (string, error) {
	entries := map[string]treeEntry{}
	if hash != "" {
		list, err := t.listFolder(ctx, hash)
		if err != nil {
			return "", err
		}
		for _, e := range list {
			entries[e.name] = e
		}
	}
	inside := map[string]map[string][]byte{}
	for _, p := range slices.Sorted(maps.Keys(files)) {
		name, rest, deeper := strings.Cut(p, "/")
		old, has := entries[name]
		switch {
		case deeper:
			if has && !old.folder {
				return "", &PathError{Path: dir + p, Reason: fmt.Sprintf("is in %q, which is not a folder", dir+name)}
			}
			if inside[name] == nil {
				inside[name] = map[string][]byte{}
			}
			inside[name][rest] = files[p]
		case has && (old.folder || old.link() || old.mode() == modeNested):
			return "", &PathError{Path: dir + p, Reason: "is not a plain file in git"}
		case files[p] == nil:
			delete(entries, name)
		default:
			old.name, old.hash = name, BlobHash(files[p], t.sha256)
			entries[name] = old
		}
	}
	for _, name := range slices.Sorted(maps.Keys(inside)) {
		if old, has := entries[name]; has && !old.folder {
			return "", &PathError{Path: dir + name, Reason: "is a file and a folder"}
		}
		below, err := t.folder(ctx, dir+name+"/", entries[name].hash, inside[name])
		if err != nil {
			return "", err
		}
		if below == "" {
			delete(entries, name)
			continue
		}
		entries[name] = treeEntry{name: name, hash: below, folder: true}
	}
	if len(entries) == 0 {
		return "", nil
	}
	return t.put(slices.Collect(maps.Values(entries)))
}

func (e treeEntry) link() bool { return e.kept == modeLink }

func (p *program) listFolder(ctx context.Context, hash string) ([]treeEntry, error) {
	kind, body, err := p.cat.object(ctx, hash, maxTree)
	var size *SizeError
	if errors.As(err, &size) {
		size.Path = "folder " + hash
	}
	if err != nil {
		return nil, err
	}
	if kind != "tree" {
		return nil, fmt.Errorf("object %s is a %s and not a folder", hash, kind)
	}
	return parseFolder(body, len(hash)/2)
}

// parseFolder reads a folder as git stores it.
func parseFolder(body []byte, hashBytes int) ([]treeEntry, error) {
	var out []treeEntry
	for len(body) > 0 {
		head, rest, ok := bytes.Cut(body, []byte{0})
		mode, name, named := strings.Cut(string(head), " ")
		if !ok || !named || name == "" || len(rest) < hashBytes || len(mode) < 5 || len(mode) > 6 {
			return nil, errors.New("a folder in git is damaged")
		}
		mode = strings.Repeat("0", 6-len(mode)) + mode
		e := treeEntry{name: name, hash: hex.EncodeToString(rest[:hashBytes]), kept: mode, folder: mode == modeFolder}
		out, body = append(out, e), rest[hashBytes:]
	}
	return out, nil
}

func (l *library) listFolder(ctx context.Context, hash string) (out []treeEntry, err error) {
	err = l.with(ctx, func(s *store) error {
		t, err := s.getTree(plumbing.NewHash(hash))
		if err != nil {
			return err
		}
		for _, e := range t.Entries {
			mode := fmt.Sprintf("%06o", uint32(e.Mode))
			out = append(out, treeEntry{name: e.Name, hash: e.Hash.String(), kept: mode, folder: mode == modeFolder})
		}
		return nil
	})
	return out, err
}

// Package cachefile keeps results of earlier runs in .pdac/cache of a repository, in files
// that are sealed with a secret of the user: one that was damaged, or that somebody else
// put there, counts for nothing.
package cachefile

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/atomicfile"
)

const (
	// dir is the folder of the files among pdac's own.
	dir = "cache"
	// maxFiles is how many files of one kind are left in the folder.
	maxFiles = 6
	// maxBytes bounds what is read of a file.
	maxBytes = 512 << 20
)

// File is a file of the cache.
type File struct {
	// Root is the repository's folder.
	Root string
	// Magic begins the file, and Prefix its name. The rest of the Name says for what it
	// counts, so that others are never looked at.
	Magic, Prefix, Name string
	// Key seals it.
	Key []byte
}

// Name returns the name of a file that counts only for some texts.
func Name(of ...string) string {
	h := sha256.New()
	for _, text := range of {
		fmt.Fprintf(h, "%q\n", text)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (f File) file() string { return f.Prefix + f.Name }

// seal is what proves that a file is whole and ours.
func (f File) seal(payload []byte) []byte {
	h := hmac.New(sha256.New, f.Key)
	h.Write([]byte(f.file()))
	h.Write(payload)
	return h.Sum(nil)
}

// Rest is the second half of a file, which is read only when it is needed.
type Rest struct {
	file        *os.File
	start, size int64
	sum         []byte
}

var errDamaged = errors.New("no cache, or a damaged one")

// Read reads the first half of the file. Close the second half after use.
func (f File) Read() ([]byte, *Rest, error) {
	disk, err := atomicfile.OpenFolder(f.Root)
	if err != nil {
		return nil, nil, err
	}
	defer disk.Close()
	file, err := disk.OpenState(path.Join(dir, f.file()))
	if err != nil {
		return nil, nil, err
	}
	payload, rest, err := f.read(file)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return payload, rest, nil
}

func (f File) read(file *os.File) ([]byte, *Rest, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	head := make([]byte, len(f.Magic)+sha256.Size+4)
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, nil, err
	}
	seal, ok := bytes.CutPrefix(head, []byte(f.Magic))
	if !ok {
		return nil, nil, errDamaged
	}
	size := int64(binary.BigEndian.Uint32(seal[sha256.Size:]))
	start := int64(len(head)) + size
	if start > info.Size() || info.Size() > maxBytes {
		return nil, nil, errDamaged
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(file, payload); err != nil {
		return nil, nil, err
	}
	if !hmac.Equal(seal[:sha256.Size], f.seal(payload)) || len(payload) < sha256.Size {
		return nil, nil, errDamaged
	}
	return payload[sha256.Size:], &Rest{file: file, start: start, size: info.Size() - start, sum: payload[:sha256.Size]}, nil
}

// Read reads the second half.
func (r *Rest) Read() (string, error) {
	text := make([]byte, r.size)
	if _, err := r.file.ReadAt(text, r.start); err != nil && (r.size > 0 || !errors.Is(err, io.EOF)) {
		return "", err
	}
	if sum := sha256.Sum256(text); !bytes.Equal(sum[:], r.sum) {
		return "", errDamaged
	}
	return string(text), nil
}

// Close closes the file; what is not read of it is lost.
func (r *Rest) Close() error { return r.file.Close() }

// Write replaces the file as a whole by its two halves, each in parts, and removes the
// oldest files of its kind.
func (f File) Write(first []byte, rest ...[]byte) error {
	sum := sha256.New()
	for _, part := range rest {
		sum.Write(part)
	}
	payload := append(sum.Sum(nil), first...)
	out := slices.Concat([]byte(f.Magic), f.seal(payload), binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload)
	for _, part := range rest {
		out = append(out, part...)
	}
	disk, err := atomicfile.OpenFolder(f.Root)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := disk.WriteState(path.Join(dir, f.file()), out, false); err != nil {
		return err
	}
	found, err := disk.ListState(dir)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(i fs.FileInfo) bool { return !strings.HasPrefix(i.Name(), f.Prefix) })
	slices.SortFunc(found, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, i := range found[min(len(found), maxFiles):] {
		if err := disk.RemoveState(path.Join(dir, i.Name())); err != nil {
			return err
		}
	}
	return nil
}

package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// format is the version of the store's layout. A file with a higher version was created by a newer pdac.
const format = 1

// The buckets. There is one per collection, with its name, which maps ids to the entity's JSON as it is returned, and
// one named "unique " and the collection, which maps the hash of each unique value to its id.
var (
	metaBucket  = []byte("pdac sandbox")
	tokenBucket = []byte("token")
	alertBucket = []byte("alerts")
	formatKey   = []byte("format")
	idKey       = []byte("id")
)

func uniqueBucket(c Collection) []byte { return []byte("unique " + string(c)) }

// ErrLocked is wrapped by the error of [Open] if another process, or another Server in this one, has the file open.
var ErrLocked = errors.New("the sandbox is in use")

// ErrNotSandbox is wrapped by the error of [Open] if the file has a different format or is damaged.
var ErrNotSandbox = errors.New("not a sandbox file")

// ErrClosed is returned by the methods of a Server after Close.
var ErrClosed = errors.New("the sandbox is closed")

// store is the file. Reads run concurrently; writes go through a queue, see commits.
type store struct {
	db        *bbolt.DB
	commits   *commits
	temporary string // the file to remove on close
	id        string
}

func openStore(ctx context.Context, o Options) (*store, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	s := &store{}
	// The free list is stored. To rebuild it, bbolt walks the file in its own goroutine, where a damaged page ends the
	// program.
	options := &bbolt.Options{Timeout: o.LockTimeout, FreelistType: bbolt.FreelistMapType, NoStatistics: true}
	path := o.Path
	if o.Root != "" && path != "" {
		root, err := os.OpenRoot(o.Root)
		if err != nil {
			return nil, fmt.Errorf("open the folder of the sandbox: %w", err)
		}
		defer root.Close() //nolint:errcheck // it was only read
		name := path
		path = filepath.Join(o.Root, name)
		if err := prepareFile(root, name, path); err != nil {
			return nil, err
		}
		options.OpenFile = func(_ string, flag int, mode fs.FileMode) (*os.File, error) { return root.OpenFile(name, flag, mode) }
	} else if path == "" {
		f, err := os.CreateTemp("", "pdac-sandbox-*.db")
		if err != nil {
			return nil, fmt.Errorf("create a temporary sandbox: %w", err)
		}
		path, s.temporary = f.Name(), f.Name()
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("create a temporary sandbox: %w", err)
		}
		options.NoSync, options.NoGrowSync = true, true
	} else if err := prepareFile(anywhere{}, path, path); err != nil {
		return nil, err
	}
	var db *bbolt.DB
	err := guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, options)
		return err
	})
	if err != nil {
		return nil, explainOpen(path, err)
	}
	s.db = db
	if s.temporary != "" && os.Remove(s.temporary) == nil {
		// If an open file can be removed, a killed process leaves nothing behind.
		s.temporary = ""
	}
	err = guard(func() error {
		return db.Update(func(tx *bbolt.Tx) error {
			if err := prepareBuckets(tx); err != nil {
				return err
			}
			s.id = string(tx.Bucket(metaBucket).Get(idKey))
			return nil
		})
	})
	if err != nil {
		s.closeFile()
		return nil, fmt.Errorf("open the sandbox in %s: %w", path, err)
	}
	s.commits = startCommits(db)
	return s, nil
}

// guard turns a panic of the store, as a damaged page may cause, into an error.
func guard(do func() error) (err error) {
	// A damaged page may also point outside the mapped file.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%w (it is damaged); delete it and apply again", ErrNotSandbox)
		}
	}()
	return do()
}

// guardOpen is guard for a store that is open. The error names the file.
func guardOpen(db *bbolt.DB, do func() error) error {
	path := db.Path() // it is "" once the store is closed
	err := guard(do)
	if errors.Is(err, ErrNotSandbox) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return err
}

func explainOpen(path string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("open the sandbox in %s: %w by another process; wait for it to end, or use another file", path, ErrLocked)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return notSandbox(path, "it has a different format")
	default:
		return fmt.Errorf("open the sandbox in %s: %w", path, err)
	}
}

func notSandbox(path, why string) error {
	return fmt.Errorf("open %s: %w (%s); use another file, or move this one", path, ErrNotSandbox, why)
}

// files is where the file is: below a folder, or anywhere.
type files interface {
	Stat(name string) (fs.FileInfo, error)
	Open(name string) (*os.File, error)
	MkdirAll(name string, mode fs.FileMode) error
}

type anywhere struct{}

func (anywhere) Stat(name string) (fs.FileInfo, error)        { return os.Stat(name) }
func (anywhere) Open(name string) (*os.File, error)           { return os.Open(name) }
func (anywhere) MkdirAll(name string, mode fs.FileMode) error { return os.MkdirAll(name, mode) }

// prepareFile creates the folder and refuses files that would crash bbolt: it maps the file into memory, and reading
// past the end of a truncated file kills the process.
func prepareFile(disk files, name, path string) error {
	info, err := disk.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := disk.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("create the folder for the sandbox: %w", err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("open the sandbox: %w", err)
	case !info.Mode().IsRegular():
		return notSandbox(path, "it is not a regular file")
	case info.Size() == 0:
		return nil
	}
	f, err := disk.Open(name)
	if err != nil {
		return fmt.Errorf("open the sandbox: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	used, ok := usedBytes(f)
	if !ok {
		return notSandbox(path, "it has a different format")
	}
	if used > info.Size() {
		return notSandbox(path, fmt.Sprintf("it is truncated: %d bytes are left of %d", info.Size(), used))
	}
	return nil
}

// usedBytes returns the minimum length of the file, from the newer of its two valid header pages. bbolt's header page
// is 16 bytes of page header, then magic number, version, page size, flags, the root bucket's page and sequence, the
// free list's page, the number of pages in use, the number of the commit, and a checksum of all that.
func usedBytes(f io.ReaderAt) (int64, bool) {
	const magic = 0xED0CDAED
	order := binary.NativeEndian
	var used int64
	var newest uint64
	found := false
	at := func(offset int64) (pageSize uint32) {
		var header [80]byte
		if _, err := f.ReadAt(header[:], offset); err != nil {
			return 0
		}
		meta := header[16:]
		pageSize = order.Uint32(meta[8:])
		if order.Uint32(meta) != magic || pageSize < 512 || pageSize > 1<<20 {
			return 0
		}
		sum := fnv.New64a()
		_, _ = sum.Write(meta[:56])
		pages, commit := order.Uint64(meta[40:]), order.Uint64(meta[48:])
		if sum.Sum64() == order.Uint64(meta[56:]) && pages < 1<<40 && (!found || commit > newest) {
			used, newest, found = int64(pages)*int64(pageSize), commit, true
		}
		return pageSize
	}
	if pageSize := at(0); pageSize != 0 {
		at(int64(pageSize))
	} else {
		at(int64(os.Getpagesize()))
	}
	return used, found
}

func prepareBuckets(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		if k, _ := tx.Cursor().First(); k != nil {
			return fmt.Errorf("%w (it is another program's database)", ErrNotSandbox)
		}
		var err error
		if meta, err = tx.CreateBucket(metaBucket); err != nil {
			return err
		}
		if err := meta.Put(formatKey, []byte(strconv.Itoa(format))); err != nil {
			return err
		}
	}
	have, err := strconv.Atoi(string(meta.Get(formatKey)))
	if err != nil {
		return fmt.Errorf("%w (it has no format number)", ErrNotSandbox)
	}
	if have > format {
		return fmt.Errorf("it was created by a newer pdac (format %d; this one supports up to %d); use the newer pdac, or another file", have, format)
	}
	if meta.Get(idKey) == nil {
		id := make([]byte, 4)
		if _, err := rand.Read(id); err != nil {
			return err
		}
		if err := meta.Put(idKey, []byte(hex.EncodeToString(id))); err != nil {
			return err
		}
	}
	buckets := [][]byte{tokenBucket, alertBucket}
	for _, c := range Collections() {
		buckets = append(buckets, []byte(c), uniqueBucket(c))
	}
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) close() error {
	s.commits.stop()
	return s.closeFile()
}

func (s *store) closeFile() error {
	err := s.db.Close()
	if s.temporary != "" {
		err = errors.Join(err, os.Remove(s.temporary))
		s.temporary = ""
	}
	return err
}

// view runs a read on a consistent state. Bytes from the store are valid only inside do.
func (s *store) view(do func(*bbolt.Tx) error) error {
	err := guardOpen(s.db, func() error { return s.db.View(do) })
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// uniqueKey returns a key of fixed length, because a unique value may be longer than a key can be.
func uniqueKey(value string) []byte {
	sum := sha256.Sum256([]byte(value))
	return sum[:]
}

package repo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

const (
	// documentFormat goes up when the form of the file changes.
	documentFormat = "pdac parsed YAML 1\n"
	// documentDir is the folder of the files among pdac's own, and documentPrefix begins
	// their names.
	documentDir, documentPrefix = "cache", "yaml-"
	// maxDocumentFiles is how many files of other builds are left in the folder.
	maxDocumentFiles = 3
	// maxDocumentAge is how many runs that write the file keep an unused document.
	maxDocumentAge = 5
	// maxDocumentBytes bounds what is read of the file.
	maxDocumentBytes = 512 << 20
)

// DocumentStore says where parsed YAML is kept from run to run. Without Root, Build or
// Key nothing is kept.
type DocumentStore struct {
	// Root is the repository's folder. The file is below it, in .pdac/cache.
	Root string
	// Build names the program: what another build parsed isn't used.
	Build string
	// Key seals the file, so that one that somebody else put there isn't used.
	Key []byte
}

// Documents keeps parsed YAML by its content, from run to run, since parsing takes most
// of the time of a load. A document that is read back is equal to a parsed one, node by
// node, and only texts without errors are kept. The file is sealed: one that is damaged counts for nothing.
//
// It is safe for concurrent use. A nil *Documents keeps nothing.
type Documents struct {
	store DocumentStore
	open  sync.Once

	mu    sync.Mutex
	known map[[sha256.Size]byte]*document
	added bool
}

type document struct {
	coded string
	age   byte
	used  bool
}

// NewDocuments returns the documents of a store. The file is read when it is needed.
func NewDocuments(s DocumentStore) *Documents {
	if s.Root == "" || s.Build == "" || len(s.Key) == 0 {
		return nil
	}
	return &Documents{store: s, known: map[[sha256.Size]byte]*document{}}
}

// parse is yamlcore.Parse with the default limits.
func (d *Documents) parse(src []byte) (*yamlcore.Document, error) {
	if d == nil {
		return yamlcore.Parse(src, yamlcore.Limits{})
	}
	d.open.Do(d.read)
	sum := sha256.Sum256(src)
	d.mu.Lock()
	kept := d.known[sum]
	if kept != nil {
		kept.used = true
	}
	d.mu.Unlock()
	if kept != nil {
		if doc, ok := decodeDocument(kept.coded); ok {
			return doc, nil
		}
	}
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		return doc, err
	}
	if coded, ok := encodeDocument(doc); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.known[sum], d.added = &document{coded: coded, used: true}, true
	}
	return doc, nil
}

// file returns the name of the file among pdac's own.
func (d *Documents) file() string {
	sum := sha256.Sum256([]byte(documentFormat + d.store.Build))
	return path.Join(documentDir, documentPrefix+hex.EncodeToString(sum[:16]))
}

// sealer computes what proves that a file is whole and ours.
func (d *Documents) sealer() hash.Hash {
	h := hmac.New(sha256.New, d.store.Key)
	h.Write([]byte(documentFormat + d.store.Build + "\n"))
	return h
}

// read reads what earlier runs kept. What can't be read is ignored.
func (d *Documents) read() {
	payload, ok := d.payload()
	if !ok {
		return
	}
	known := map[[sha256.Size]byte]*document{}
	// Texts of all nodes are parts of this one.
	for in := payload; in != ""; {
		const head = sha256.Size + 1 + 4
		if len(in) < head {
			return
		}
		size := int(binary.BigEndian.Uint32([]byte(in[sha256.Size+1 : head])))
		if size > len(in)-head {
			return
		}
		known[[sha256.Size]byte([]byte(in[:sha256.Size]))] = &document{coded: in[head : head+size], age: in[sha256.Size]}
		in = in[head+size:]
	}
	d.known = known
}

// payload returns the content of the file, if it is whole and ours. It is read and checked
// piece by piece, since it is large.
func (d *Documents) payload() (string, bool) {
	disk, err := atomicfile.OpenFolder(d.store.Root)
	if err != nil {
		return "", false
	}
	defer disk.Close()
	f, err := disk.OpenState(d.file())
	if err != nil {
		return "", false
	}
	defer f.Close()
	info, err := f.Stat()
	head := make([]byte, len(documentFormat)+sha256.Size)
	if err != nil || info.Size() < int64(len(head)) || info.Size() > maxDocumentBytes {
		return "", false
	}
	if _, err := io.ReadFull(f, head); err != nil || string(head[:len(documentFormat)]) != documentFormat {
		return "", false
	}
	var text strings.Builder
	text.Grow(int(info.Size()) - len(head))
	seal := d.sealer()
	if _, err := io.Copy(io.MultiWriter(&text, seal), io.LimitReader(f, info.Size())); err != nil {
		return "", false
	}
	return text.String(), hmac.Equal(head[len(documentFormat):], seal.Sum(nil))
}

// Save writes the file if there is something new. A run doesn't fail because it can't be
// written.
func (d *Documents) Save() {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.added {
		return
	}
	d.added = false
	var payload []byte
	sums := make([][sha256.Size]byte, 0, len(d.known))
	for sum, doc := range d.known {
		if doc.age++; doc.used {
			doc.age = 0
		}
		if doc.age <= maxDocumentAge {
			sums = append(sums, sum)
		}
	}
	slices.SortFunc(sums, func(a, b [sha256.Size]byte) int { return strings.Compare(string(a[:]), string(b[:])) })
	for _, sum := range sums {
		doc := d.known[sum]
		payload = append(append(payload, sum[:]...), doc.age)
		payload = binary.BigEndian.AppendUint32(payload, uint32(len(doc.coded)))
		payload = append(payload, doc.coded...)
		if len(payload) > maxDocumentBytes/2 {
			return
		}
	}
	seal := d.sealer()
	seal.Write(payload)
	_ = d.write(slices.Concat([]byte(documentFormat), seal.Sum(nil), payload))
}

// write replaces the file as a whole, and removes the oldest files of other builds.
func (d *Documents) write(text []byte) error {
	disk, err := atomicfile.OpenFolder(d.store.Root)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := disk.WriteState(d.file(), text, false); err != nil {
		return err
	}
	found, err := disk.ListState(documentDir)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(f fs.FileInfo) bool { return !strings.HasPrefix(f.Name(), documentPrefix) })
	slices.SortFunc(found, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, f := range found[min(len(found), maxDocumentFiles):] {
		if err := disk.RemoveState(path.Join(documentDir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

package git

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
)

// The lengths of hashes in hex.
const sha1Digits, sha256Digits = 2 * sha1.Size, 2 * sha256.Size

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

func isFullHash(s string) bool {
	return (len(s) == sha1Digits || len(s) == sha256Digits) && isHex(s)
}

// BlobHash returns git's name of a file's content, in hex: SHA-256 for
// repositories made with that object format, SHA-1 for all others.
func BlobHash(content []byte, useSHA256 bool) string {
	var h hash.Hash
	if useSHA256 {
		h = sha256.New()
	} else {
		h = sha1.New()
	}
	head := make([]byte, 0, 32)
	head = append(head, "blob "...)
	head = strconv.AppendInt(head, int64(len(content)), 10)
	h.Write(append(head, 0))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}

// SameBlob reports whether a file of the working tree is what git stores under a
// hash. Line ends may differ, since git rewrites them on checkout where
// core.autocrlf or a .gitattributes file says so.
func SameBlob(content []byte, blob string) bool {
	useSHA256 := len(blob) == sha256Digits
	if BlobHash(content, useSHA256) == blob {
		return true
	}
	crlf, lf := []byte("\r\n"), []byte("\n")
	return bytes.Contains(content, crlf) && BlobHash(bytes.ReplaceAll(content, crlf, lf), useSHA256) == blob
}

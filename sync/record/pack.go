package record

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
)

// packed is where an object lies in a pack.
type packed struct {
	hash   string
	offset uint64
	crc    uint32
}

// writePack writes objects in the form in which git moves and stores them, with
// no deltas, and gives where each is and the pack's checksum.
func writePack(w io.Writer, h hashing, objects []object) ([]packed, string, error) {
	sum := h.new()
	at := uint64(0)
	write := func(b []byte) error {
		sum.Write(b)
		n, err := w.Write(b)
		at += uint64(n)
		return err
	}
	head := append([]byte("PACK"), 0, 0, 0, 2)
	if err := write(binary.BigEndian.AppendUint32(head, uint32(len(objects)))); err != nil {
		return nil, "", fmt.Errorf("write a pack: %w", err)
	}
	var out []packed
	var buf bytes.Buffer
	z, err := zlib.NewWriterLevel(&buf, zlib.BestSpeed)
	if err != nil {
		return nil, "", err
	}
	for _, o := range objects {
		buf.Reset()
		buf.Write(entryHead(o.kind, uint64(len(o.body))))
		z.Reset(&buf)
		if _, err := z.Write(o.body); err != nil {
			return nil, "", err
		}
		if err := z.Close(); err != nil {
			return nil, "", err
		}
		out = append(out, packed{hash: o.hash, offset: at, crc: crc32.ChecksumIEEE(buf.Bytes())})
		if err := write(buf.Bytes()); err != nil {
			return nil, "", fmt.Errorf("write a pack: %w", err)
		}
	}
	checksum := sum.Sum(nil)
	if _, err := w.Write(checksum); err != nil {
		return nil, "", fmt.Errorf("write a pack: %w", err)
	}
	return out, hex.EncodeToString(checksum), nil
}

// entryHead is an object's kind and size: four bits of the size beside the kind,
// then seven a byte, lowest first.
func entryHead(kind objectKind, size uint64) []byte {
	first := byte(kind)<<4 | byte(size&0x0f)
	size >>= 4
	var out []byte
	for size > 0 {
		out = append(out, first|0x80)
		first = byte(size & 0x7f)
		size >>= 7
	}
	return append(out, first)
}

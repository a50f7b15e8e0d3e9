package unittest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/readfile"
)

// CorpusEvent is an event of a file of a corpus.
type CorpusEvent struct {
	// LogType is the folder's name, and Label what the file's name begins with.
	LogType string
	Label   Label
	// Text is the event as JSON.
	Text string
	Path string
	Line int
}

// Label says what an event of a corpus is.
type Label string

// The labels.
const (
	Benign Label = "benign"
	Attack Label = "attack"
)

// The limits of a corpus.
const (
	maxCorpusLine   = 1 << 20
	maxCorpusFile   = 64 << 20
	maxCorpusFiles  = 1_000
	maxCorpusEvents = 100_000
	maxCorpusBytes  = 128 << 20
	// maxPerLogType is how many events of a log type are used.
	maxPerLogType = 10_000
)

// ReadCorpus reads the events of a folder: LOGTYPE/benign*.jsonl and LOGTYPE/attack*.jsonl,
// with an event on each line. Paths in the result and in errors begin with the folder.
func ReadCorpus(dir string) ([]CorpusEvent, error) {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the corpus: %w", err)
	}
	var out []CorpusEvent
	files, size := 0, 0
	for _, folder := range folders {
		if !folder.IsDir() || strings.HasPrefix(folder.Name(), ".") {
			if strings.HasSuffix(folder.Name(), ".jsonl") {
				return nil, fmt.Errorf("%s: a file of a corpus must be in a folder named like its log type, such as AWS.CloudTrail/benign.jsonl", path.Join(filepath.ToSlash(dir), folder.Name()))
			}
			continue
		}
		list, err := os.ReadDir(filepath.Join(dir, folder.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %w", err)
		}
		for _, f := range list {
			if strings.HasPrefix(f.Name(), ".") {
				continue
			}
			if f.IsDir() {
				below, err := os.ReadDir(filepath.Join(dir, folder.Name(), f.Name()))
				if err != nil {
					return nil, fmt.Errorf("read the corpus: %w", err)
				}
				if i := slices.IndexFunc(below, func(e os.DirEntry) bool { return strings.HasSuffix(e.Name(), ".jsonl") }); i >= 0 {
					return nil, fmt.Errorf("%s: a file of a corpus must be in the folder of its log type, and not below it", path.Join(filepath.ToSlash(dir), folder.Name(), f.Name(), below[i].Name()))
				}
				continue
			}
			if !strings.HasSuffix(f.Name(), ".jsonl") {
				continue
			}
			name := path.Join(filepath.ToSlash(dir), folder.Name(), f.Name())
			if files++; files > maxCorpusFiles {
				return nil, fmt.Errorf("the corpus %s has more than %d files; split it, and name a part", dir, maxCorpusFiles)
			}
			src, err := readfile.Bounded(filepath.Join(dir, folder.Name(), f.Name()), maxCorpusFile)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			events, err := ParseCorpus(name, folder.Name(), src)
			if err != nil {
				return nil, err
			}
			for _, e := range events {
				size += len(e.Text)
			}
			switch out = append(out, events...); {
			case len(out) > maxCorpusEvents:
				return nil, fmt.Errorf("the corpus %s has more than %d events; split it, and name a part", dir, maxCorpusEvents)
			case size > maxCorpusBytes:
				return nil, fmt.Errorf("the corpus %s has more than %d MiB; split it, and name a part", dir, maxCorpusBytes>>20)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the corpus %s has no events; put them in LOGTYPE/benign*.jsonl and LOGTYPE/attack*.jsonl, one on each line", dir)
	}
	return out, nil
}

// ParseCorpus reads a file of a corpus. Its name says what its events are.
func ParseCorpus(name, logType string, src []byte) ([]CorpusEvent, error) {
	var label Label
	switch base := path.Base(name); {
	case strings.HasPrefix(base, string(Benign)):
		label = Benign
	case strings.HasPrefix(base, string(Attack)):
		label = Attack
	default:
		return nil, fmt.Errorf("%s: the name of a file of a corpus must begin with %q or %q", name, Benign, Attack)
	}
	var out []CorpusEvent
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(src, []byte("\ufeff"))) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(line) > maxCorpusLine {
			return nil, fmt.Errorf("%s:%d: the event has more than %d bytes", name, n, maxCorpusLine)
		}
		text, err := eventOf(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if len(out) == maxCorpusEvents {
			return nil, fmt.Errorf("%s:%d: the file has more than %d events; split the corpus, and name a part", name, n, maxCorpusEvents)
		}
		out = append(out, CorpusEvent{LogType: logType, Label: label, Text: text, Path: name, Line: n})
	}
	return out, nil
}

// eventOf checks a line and removes its spaces.
func eventOf(line []byte) (string, error) {
	if line[0] != '{' {
		return "", errors.New("the line is not an event; write one JSON object on each line")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, line); err != nil {
		return "", fmt.Errorf("the event is not valid JSON: %w", err)
	}
	return b.String(), nil
}

// thinned returns at most maxPerLogType events of each log type, from all parts of the corpus,
// and how many it left out.
func thinned(all []CorpusEvent) (out []CorpusEvent, left int) {
	count, seen := map[string]int{}, map[string]int{}
	for _, e := range all {
		count[e.LogType]++
	}
	for _, e := range all {
		i, n := seen[e.LogType], count[e.LogType]
		seen[e.LogType]++
		// Whether the event's place begins a new one of maxPerLogType equal parts.
		if n > maxPerLogType && i > 0 && i*maxPerLogType/n == (i-1)*maxPerLogType/n {
			left++
			continue
		}
		out = append(out, e)
	}
	return out, left
}

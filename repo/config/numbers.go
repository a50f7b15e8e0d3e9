package config

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// minTimeout and maxTimeout bound api.timeout.
const (
	minTimeout = time.Second
	maxTimeout = 10 * time.Minute
)

// number is a key with a number, and its bounds. The file is part of what is checked, so
// it must not make pdac run for ever, flood Panther, or fill the memory.
type number struct {
	section, key string
	whole        bool
	min, max     float64
}

func bounds() []number {
	return []number{
		{"api", "requests_per_second", false, 0.1, 1000},
		{"api", "tries", true, 1, 20},
		{"api", "page_size", true, 1, 1000},
		{"limits", "max_file_bytes", true, 1, 64 << 20},
		{"limits", "max_files", true, 1, 1_000_000},
		{"limits", "max_live_bytes", true, 1 << 20, 8 << 30},
	}
}

// numbers checks the numeric keys more strictly than the decoder, which rounds
// and accepts names for infinity.
func numbers(root *yaml.Node) error {
	for _, k := range bounds() {
		n := yamlcore.Lookup(yamlcore.Lookup(root, k.section), k.key)
		if n == nil {
			continue
		}
		v, err := yamlcore.Value(n)
		if err != nil {
			return err
		}
		num, ok := v.(json.Number)
		text := num.String()
		value, err := strconv.ParseFloat(text, 64)
		switch {
		case !ok:
			return fault(n, "%s must be a number, not %q", k.key, n.Value)
		case k.whole && strings.ContainsAny(text, ".e"):
			return fault(n, "%s must be a whole number, not %q", k.key, n.Value)
		case text == "0" || strings.HasPrefix(text, "-"):
			return fault(n, "%s must be more than 0; remove it to use the default", k.key)
		case err != nil || value < k.min || value > k.max:
			return fault(n, "%s must be between %s and %s, not %s", k.key, plain(k.min), plain(k.max), n.Value)
		}
	}
	return nil
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

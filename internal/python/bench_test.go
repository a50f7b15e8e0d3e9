package python

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// benchSource is code like that of detections, of about the given size. With
// PDAC_BENCH_FILE the benchmarks read that file in its place.
func benchSource(b *testing.B, size int) string {
	if path := os.Getenv("PDAC_BENCH_FILE"); path != "" {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		return string(src)
	}
	var s strings.Builder
	s.WriteString("from panther_base_helpers import deep_get\nimport re\n\n")
	for i := 0; s.Len() < size; i++ {
		fmt.Fprintf(&s, `
SUSPICIOUS_%[1]d = {"10.0.0.%[1]d", "delete", 'attach', 0x%[1]x, 1.5e3}


class Helper%[1]d(Base, metaclass=Meta):
    """Looks at one kind of event."""

    def __init__(self, limit: int = %[1]d, *args, **kwargs) -> None:
        self.limit = limit
        self.cache = [x for x in args if x is not None and x > 0]


def rule_%[1]d(event):
    # Only failed logins of people count.
    if deep_get(event, "eventName") != "ConsoleLogin" or event.get("type", default=None) in SUSPICIOUS_%[1]d:
        return False
    for name, value in event.get("additionalEventData", {}).items():
        if re.match(r"^arn:aws:[a-z]+::\d{12}:.*$", value) and not value.startswith(("a", "b")):
            return len(name) * 2 + 1 >= %[1]d
    try:
        count = int(event["count"])
    except (KeyError, ValueError) as err:
        count = -1
    return count > 5


def title_%[1]d(event):
    return f"User [{deep_get(event, 'user', 'name')}] failed {event['count']:>5} times in {event.udm('account')!r}"
`, i)
	}
	return s.String()
}

var benchSizes = []int{1 << 10, 1 << 14, 1 << 20}

func BenchmarkLexer(b *testing.B) {
	for _, size := range benchSizes {
		src := benchSource(b, size)
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				l := newLexer(src, newLineTable(src), false)
				l.run()
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, size := range benchSizes {
		src := []byte(benchSource(b, size))
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(src, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSyntaxError is the cost of a file with a mistake at its end.
func BenchmarkSyntaxError(b *testing.B) {
	for _, size := range benchSizes {
		src := []byte(benchSource(b, size) + "\ndef rule(event):\n    return event.get('a' 1)\n")
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(src, Options{}); err == nil {
					b.Fatal("the mistake was not found")
				}
			}
		})
	}
}

func BenchmarkDump(b *testing.B) {
	src := []byte(benchSource(b, 1<<20))
	m, err := Parse(src, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = appendDump(buf[:0], m)
	}
}

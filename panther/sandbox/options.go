package sandbox

import (
	"log/slog"
	"time"
)

// Options says how a sandbox behaves. The zero value is a fresh, temporary sandbox of the newest kind that accepts any
// token and checks no unit tests.
type Options struct {
	// Path names the store's file. It is made if it is missing, along with its folder. With an empty Path the store is
	// temporary: gone on Close, and not forced to disk.
	Path string
	// LockTimeout is how long Open waits while another process holds the file. One second if zero.
	LockTimeout time.Duration

	// Token is the only API token that is accepted, until it is rotated; opening the file again with a Token makes
	// that one valid again. With an empty Token any token that is not empty is accepted until the first rotation, and
	// only the new one after it.
	Token string
	// RotateDelay keeps a rotated token from working at once, as Panther does for 30 to 60 seconds.
	RotateDelay TokenDelay

	// Now is the clock for times that are stored or compared. time.Now if nil.
	Now func() time.Time
	// NewID makes the ids of queries. Random UUIDs if nil. It is called by several goroutines at once.
	NewID func() string
	// Logger gets a line per request at debug level, and failures of the store as errors. Nothing if nil. Tokens and
	// bodies are never logged.
	Logger *slog.Logger

	// DefaultPageSize is the number of items on a page when a request has no limit. 100 if zero, as in Panther.
	DefaultPageSize int
	// MaxPageSize caps every page, whatever the limit of the request. No cap if zero.
	MaxPageSize int
	// MaxBodyBytes bounds a request's body. 16 MiB if zero.
	MaxBodyBytes int64

	// Verbatim gives values back in the form they were sent in. Without it lists that are sets come back in another
	// order, JSON and YAML texts come back in another layout, and empty values come back as null, as empty, or not at
	// all. The meaning stays the same either way.
	Verbatim bool
	// OlderFields makes it a deployment that does not know createAlert: the field is dropped.
	OlderFields bool

	// CheckTests checks unit tests when a request asks for it (run-tests-first, which is the default, and
	// run-tests-only): names have to be unique, resources JSON objects, and each test has to pass CheckTest.
	// Without it all unit tests pass.
	CheckTests bool
	// CheckTest stands in for running the Python of one unit test. A test that does not pass is reported with the
	// message. Nil passes all. It is used only with CheckTests, by several goroutines at once.
	CheckTest func(UnitTest) (passed bool, message string)

	// Faults go wrong on purpose. Nil is the same as an empty one.
	Faults *Faults
}

const (
	defaultPageSize     = 100
	defaultLockTimeout  = time.Second
	defaultMaxBodyBytes = 16 << 20
)

func (o Options) withDefaults() Options {
	if o.LockTimeout <= 0 {
		o.LockTimeout = defaultLockTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = newUUID
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.DefaultPageSize <= 0 {
		o.DefaultPageSize = defaultPageSize
	}
	if o.MaxBodyBytes <= 0 {
		o.MaxBodyBytes = defaultMaxBodyBytes
	}
	if o.Faults == nil {
		o.Faults = &Faults{}
	}
	return o
}

package sandbox

import (
	"context"
	"log/slog"
	"time"
)

// Options configures a sandbox. The zero value is a new, temporary sandbox of the newest kind that accepts any token
// and checks no unit tests.
type Options struct {
	// Path is the file of the store. It is created if it is missing, along with its folder. With an empty Path the
	// store is temporary: it is deleted on Close and not synced to disk.
	Path string
	// Root, if it is set, is the folder that Path is relative to. Then nothing outside it is created or opened, whatever
	// links are on the way.
	Root string
	// LockTimeout is how long Open waits while another process has the file open. Default: one second.
	LockTimeout time.Duration

	// Token is the only API token that is accepted, until it is rotated. Opening the file again with a Token makes that
	// one valid again. With an empty Token, any token that is not empty is accepted until the first rotation, and then
	// only the new one.
	Token string
	// Deny lists permissions that the token lacks, although its record has them.
	Deny []Permission
	// LogTypes are the names of the log schemas.
	LogTypes []string
	// RotateDelay is the delay before a rotated token works, which is 30 to 60 seconds in Panther.
	RotateDelay TokenDelay

	// Now is the clock for times that are stored or compared. Default: time.Now.
	Now func() time.Time
	// NewID generates the ids of queries and may be called concurrently. Default: random UUIDs.
	NewID func() string
	// Logger receives a line per request at debug level, and failures of the store as errors. Default: no logging.
	// Tokens and bodies are never logged.
	Logger *slog.Logger

	// DefaultPageSize is the page size of requests without a limit. Default: 100, as in Panther.
	DefaultPageSize int
	// MaxPageSize is the maximum page size, whatever the limit of the request. Default: no maximum.
	MaxPageSize int
	// MaxBodyBytes is the maximum size of a request's body. Default: 16 MiB.
	MaxBodyBytes int64

	// Verbatim returns values exactly as they were sent. Otherwise, sets are returned in a different order, JSON and
	// YAML strings in a different layout, the events of unit tests under "log", "resource" or both, and empty values
	// as empty or not at all. The meaning is the same either way.
	Verbatim bool
	// Lossy stores some values in another form than they were sent, as a server may: texts without spaces at their ends
	// and in composed Unicode, tags in lower case, and a deduplication period of at most a day.
	Lossy bool
	// Era is the age of the deployment that is simulated: it lacks the collections and drops the fields that its API
	// did not have yet. Default: the newest.
	Era Era
	// Nulls returns some empty values as null. Panther's API description does not allow that, but clients must cope.
	Nulls bool

	// CheckTests checks unit tests when a request asks for it (run-tests-first, which is the default, and
	// run-tests-only): names must be unique, resources must be JSON objects, and each test must pass CheckTest.
	// Otherwise, all unit tests pass.
	CheckTests bool
	// CheckTest replaces running the Python of a unit test. A test that does not pass is reported with the message. Nil
	// passes all tests. It is used only with CheckTests and may be called concurrently.
	CheckTest func(UnitTest) (passed bool, message string)

	// RunTests runs the unit tests of a detection when a request asks for it, and returns why tests do not pass, by
	// their names. Nil, unless CheckTests is set, passes all tests. It may be called concurrently.
	RunTests func(context.Context, Tested) (map[string]string, error)

	// Faults are injected failures. Nil means none.
	Faults *Faults
}

// Era is the year of an API description of Panther.
type Era int

// The eras.
const (
	// Era2024 has no createAlert.
	Era2024 Era = 2024
	// Era2025 has no correlation rules, reference, emailConfig or log.
	Era2025 Era = 2025
	Era2026 Era = 2026
)

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
	if o.Era == 0 {
		o.Era = Era2026
	}
	if o.Faults == nil {
		o.Faults = &Faults{}
	}
	return o
}

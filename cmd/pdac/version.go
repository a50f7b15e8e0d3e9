package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/spf13/cobra"
)

// version, commit and date are set by release builds, as in
//
//	go build -ldflags "-X main.version=v1.2.3 -X main.commit=$(git rev-parse HEAD) -X main.date=$(git log -1 --format=%cI)" ./cmd/pdac
//
// Otherwise they are what the Go tool recorded in the program.
var version, commit, date string

// build says what the program was built from.
type build struct{ version, commit, date string }

// readBuild returns what the linker was given, else what the Go tool recorded.
func readBuild() build {
	b := build{version: version, commit: commit, date: date}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if info.Main.Version != "(devel)" {
		b.version = cmp.Or(b.version, info.Main.Version)
	}
	b.version = cmp.Or(b.version, "dev")
	if b.commit == "" && settings["vcs.revision"] != "" {
		b.commit = settings["vcs.revision"]
		if settings["vcs.modified"] == "true" {
			b.commit += " with changes"
		}
	}
	b.date = cmp.Or(b.date, settings["vcs.time"])
	return b
}

func buildVersion() string { return readBuild().version }

// versionText is what "pdac version" and "pdac --version" print.
func versionText() string {
	b := readBuild()
	out := fmt.Sprintf("pdac %s (%s, %s/%s)\n", b.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if b.commit != "" {
		out += strings.TrimRight(fmt.Sprintf("commit %s, %s", b.commit, b.date), ", ") + "\n"
	}
	return out + fmt.Sprintf("MITRE ATT&CK Enterprise v%s: %s\n", attack.Version(), attack.Notice())
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the versions of pdac and its ATT&CK data",
		Example: "  pdac version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(a.Out, versionText())
			return err
		},
	}
}

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/spf13/cobra"
)

// version is set by release builds (-ldflags "-X main.version=v1.2.3").
var version string

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version of pdac and of its ATT&CK data",
		Example: "  pdac version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			commit := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						commit = ", commit " + s.Value
					}
				}
			}
			_, err := fmt.Fprintf(a.Out, "pdac %s (%s, %s/%s%s)\nMITRE ATT&CK Enterprise v%s: %s\n",
				buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, commit, attack.Version(), attack.Notice())
			return err
		},
	}
}

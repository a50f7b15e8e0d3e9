package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

// buildID names this very program, so that what one build keeps is never taken
// for another's. The name is the program file's size and time of change beside
// what the build says of itself, which is the same for every build of a tree
// with changes. "" where the file can't be looked at.
func buildID() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	revision := ""
	if b, ok := debug.ReadBuildInfo(); ok {
		revision = b.Main.Version
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
				revision += " " + s.Value
			}
		}
	}
	return fmt.Sprintf("%s %s %d %d", buildVersion(), revision, info.Size(), info.ModTime().UnixNano())
}

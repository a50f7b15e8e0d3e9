package main

import (
	"strconv"
	"strings"
)

// hyperlinks reports whether standard output takes links (OSC 8). FORCE_HYPERLINK
// decides if it is set, as in other tools; else only terminals that are known to support
// them get links, and those without colors don't.
func (a *app) hyperlinks() bool {
	if force := a.Getenv("FORCE_HYPERLINK"); force != "" {
		return force != "0"
	}
	if !a.OutTerminal || !a.color(true) || a.Getenv("CI") != "" || a.Getenv("TEAMCITY_VERSION") != "" {
		return false
	}
	term := a.Getenv("TERM")
	if strings.HasPrefix(term, "screen") || strings.HasPrefix(term, "tmux") {
		// A multiplexer hides what the terminal around it can do.
		return false
	}
	major, minor := numbers(a.Getenv("TERM_PROGRAM_VERSION"))
	switch a.Getenv("TERM_PROGRAM") {
	case "iTerm.app":
		return major > 3 || major == 3 && minor >= 1
	case "vscode":
		return major > 1 || major == 1 && minor >= 72
	case "WezTerm", "ghostty", "Hyper", "rio", "zed", "mintty", "Tabby":
		return true
	}
	for _, name := range []string{"WT_SESSION", "KONSOLE_VERSION", "DOMTERM", "KITTY_WINDOW_ID"} {
		if a.Getenv(name) != "" {
			return true
		}
	}
	if vte := a.Getenv("VTE_VERSION"); vte != "" {
		// 5000 is 0.50.0, which crashes at a link.
		n, err := strconv.Atoi(vte)
		return err == nil && n > 5000
	}
	for _, name := range []string{"xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm", "contour"} {
		if term == name || strings.HasPrefix(term, name+"-") {
			return true
		}
	}
	return false
}

// numbers returns the first two numbers of a version; 0 for what is no number.
func numbers(version string) (major, minor int) {
	parts := strings.SplitN(version, ".", 3)
	major, _ = strconv.Atoi(parts[0])
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return major, minor
}

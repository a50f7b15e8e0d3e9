package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
)

// tokenStatus is the result of auth status, in the form of its JSON.
type tokenStatus struct {
	Tenant string        `json:"tenant"`
	Token  panther.Token `json:"token"`
	// Content counts the specs of the repository by kind; empty outside of one.
	Content map[panther.Kind]int `json:"content"`
	// Needed lists the permissions for the content, or for all kinds if there is
	// none.
	Needed []neededPermission `json:"needed_permissions"`
	// Missing lists what the token lacks of them. An entry can be an alternative,
	// such as "RuleRead or PolicyRead".
	Missing []string `json:"missing_permissions"`
	// NotReadable and NotDeployable list the kinds that need what is missing.
	NotReadable   []panther.Kind `json:"not_readable"`
	NotDeployable []panther.Kind `json:"not_deployable"`
	Warnings      []string       `json:"warnings"`
	// DaysSinceRotation counts from the creation if the token was never rotated; -1
	// if Panther returns neither date.
	DaysSinceRotation int `json:"days_since_rotation"`
}

// neededPermission is a permission, or alternatives of which one is enough, with
// what it is for.
type neededPermission struct {
	AnyOf []string       `json:"any_of"`
	Held  bool           `json:"held"`
	To    string         `json:"to"`
	Kinds []panther.Kind `json:"kinds"`
}

func (n neededPermission) name() string { return strings.Join(n.AnyOf, " or ") }

// What a permission is needed to do.
const (
	toRead   = "read"
	toDeploy = "deploy"
)

func judge(tenant string, t panther.Token, now time.Time) tokenStatus {
	s := tokenStatus{Tenant: tenant, Token: t, Missing: []string{}, NotReadable: []panther.Kind{}, NotDeployable: []panther.Kind{}, Warnings: []string{}, DaysSinceRotation: -1}
	rotated := t.RotatedAt
	if rotated.IsZero() {
		rotated = t.CreatedAt
	}
	if !rotated.IsZero() {
		age := now.Sub(rotated)
		s.DaysSinceRotation = int(age / (24 * time.Hour))
		if age > rotationAge {
			s.Warnings = append(s.Warnings, fmt.Sprintf("the token is %d days old; Panther recommends rotating it every 90 days (pdac auth rotate)", s.DaysSinceRotation))
		}
	}
	if !t.ExpiresAt.IsZero() && t.ExpiresAt.Sub(now) < 14*24*time.Hour {
		s.Warnings = append(s.Warnings, fmt.Sprintf("the token expires on %s; create a new one before then", t.ExpiresAt.UTC().Format(time.DateOnly)))
	}
	if len(t.AllowedCIDRBlocks) == 0 {
		s.Warnings = append(s.Warnings, "the token works from any network; restrict it to the networks of your pipeline")
	}
	return s
}

// permissions compares the token's permissions with those that the content needs.
func (s *tokenStatus) permissions(content map[panther.Kind]int) {
	s.Content = content
	if content == nil {
		s.Content = map[panther.Kind]int{}
	}
	for _, kind := range panther.Kinds() {
		if len(content) > 0 && content[kind] == 0 {
			continue
		}
		p := kind.Permissions()
		readable := s.need(kind, toRead, p.Read)
		if !readable {
			s.NotReadable = append(s.NotReadable, kind)
		}
		if !s.need(kind, toDeploy, p.Modify) || !readable {
			s.NotDeployable = append(s.NotDeployable, kind)
		}
	}
	slices.SortStableFunc(s.Needed, func(x, y neededPermission) int { return strings.Compare(x.name(), y.name()) })
	for _, n := range s.Needed {
		// Another kind may need one of the alternatives anyway.
		covered := slices.ContainsFunc(s.Needed, func(o neededPermission) bool {
			return len(n.AnyOf) > 1 && len(o.AnyOf) == 1 && o.To == n.To && slices.Contains(n.AnyOf, o.AnyOf[0])
		})
		if !n.Held && !covered {
			s.Missing = append(s.Missing, n.name())
		}
	}
}

// need adds what a kind needs, and reports whether the token has it.
func (s *tokenStatus) need(kind panther.Kind, to string, anyOf []string) bool {
	held := slices.ContainsFunc(anyOf, func(p string) bool { return slices.Contains(s.Token.Permissions, p) })
	i := slices.IndexFunc(s.Needed, func(n neededPermission) bool { return n.To == to && slices.Equal(n.AnyOf, anyOf) })
	if i < 0 {
		i = len(s.Needed)
		s.Needed = append(s.Needed, neededPermission{AnyOf: anyOf, Held: held, To: to})
	}
	s.Needed[i].Kinds = append(s.Needed[i].Kinds, kind)
	return held
}

func (s tokenStatus) text(w io.Writer, now time.Time) error {
	var b strings.Builder
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		for i, c := range cells {
			cells[i] = report.Clean(c)
		}
		fmt.Fprintln(tab, strings.Join(cells, "\t"))
	}
	row("Panther:", s.Tenant+" (reached)")
	row("token:", s.Token.Name)
	row("content:", s.contentText())
	row("permissions missing:", orNone(s.Missing))
	cidr := "all"
	if len(s.Token.AllowedCIDRBlocks) > 0 {
		cidr = strings.Join(s.Token.AllowedCIDRBlocks, ", ")
	}
	row("allowed networks:", cidr)
	expires := "never"
	if e := s.Token.ExpiresAt; !e.IsZero() {
		expires = fmt.Sprintf("%s (in %d days)", e.UTC().Format(time.DateOnly), int(e.Sub(now)/(24*time.Hour)))
	}
	row("expires:", expires)
	age := "unknown"
	switch {
	case s.DaysSinceRotation >= 0 && s.Token.RotatedAt.IsZero():
		age = fmt.Sprintf("never; created %d days ago", s.DaysSinceRotation)
	case s.DaysSinceRotation >= 0:
		age = fmt.Sprintf("%d days ago", s.DaysSinceRotation)
	}
	row("last rotation:", age)
	if err := tab.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(&b)
	row("PERMISSION", "TOKEN", "NEEDED TO")
	for _, n := range s.Needed {
		held := "has it"
		if !n.Held {
			held = "lacks it"
		}
		row(n.name(), held, n.To+" "+kindNames(n.Kinds))
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(&b)
	for _, warning := range s.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", report.Clean(warning))
	}
	if len(s.Missing) > 0 {
		fmt.Fprintf(&b, "error: %s; add %s to the token in Panther, under Settings > API Tokens\n", s.consequence(), strings.Join(s.Missing, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// contentText lists what the repository holds.
func (s tokenStatus) contentText() string {
	var out []string
	for _, kind := range panther.Kinds() {
		if n := s.Content[kind]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, kind))
		}
	}
	if len(out) == 0 {
		return "no repository here, so the permissions for all kinds are listed"
	}
	return strings.Join(out, ", ")
}

// consequence says what is impossible without what is missing.
func (s tokenStatus) consequence() string {
	where := "of this repository "
	if len(s.Content) == 0 {
		where = ""
	}
	var out []string
	if len(s.NotReadable) > 0 {
		out = append(out, kindNames(s.NotReadable)+" "+where+"can't be compared or deployed")
	}
	only := slices.DeleteFunc(slices.Clone(s.NotDeployable), func(k panther.Kind) bool { return slices.Contains(s.NotReadable, k) })
	if len(only) > 0 {
		out = append(out, kindNames(only)+" "+where+"can't be deployed")
	}
	return strings.Join(out, ", and ")
}

func kindNames(kinds []panther.Kind) string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return strings.Join(out, ", ")
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

package attack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/attack"
)

// TestTheTableHolds checks what other packages count on.
func TestTheTableHolds(t *testing.T) {
	var tactics []string
	for _, x := range attack.Tactics() {
		tactics = append(tactics, x.Name)
	}
	if diff := cmp.Diff([]string{"Reconnaissance", "Resource Development", "Initial Access", "Execution", "Persistence", "Privilege Escalation", "Defense Evasion",
		"Credential Access", "Discovery", "Lateral Movement", "Collection", "Command and Control", "Exfiltration", "Impact"}, tactics); diff != "" {
		t.Error(diff)
	}
	all := attack.Techniques()
	if !slices.IsSortedFunc(all, func(a, b attack.Technique) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("techniques are not sorted")
	}
	for _, x := range all {
		if x.Name == "" || strings.TrimSpace(x.Name) != x.Name {
			t.Errorf("%s: name %q", x.ID, x.Name)
		}
		if !slices.Contains([]attack.State{attack.Active, attack.Deprecated, attack.Revoked}, x.State) {
			t.Errorf("%s: state %q", x.ID, x.State)
		}
		if len(x.Tactics) == 0 && x.State == attack.Active {
			t.Errorf("%s is active under no tactic", x.ID)
		}
		for _, id := range x.Tactics {
			if _, ok := attack.TacticByID(id); !ok {
				t.Errorf("%s is under %s, which there is not", x.ID, id)
			}
		}
		if p := x.Parent(); p != "" {
			if _, ok := attack.TechniqueByID(p); !ok {
				t.Errorf("%s has no parent", x.ID)
			}
		}
		if (x.State == attack.Revoked) != (x.ReplacedBy != "") {
			t.Errorf("%s is %s and replaced by %q", x.ID, x.State, x.ReplacedBy)
		}
		if x.ReplacedBy != "" {
			if by, ok := attack.TechniqueByID(x.ReplacedBy); !ok || by.State != attack.Active {
				t.Errorf("%s is replaced by %s, which is %q", x.ID, x.ReplacedBy, by.State)
			}
		}
	}
}

// TestSubTechniquesStandUnderTheirParent: a matrix is drawn that way.
func TestSubTechniquesStandUnderTheirParent(t *testing.T) {
	for _, x := range attack.Techniques() {
		if x.Parent() == "" || x.State != attack.Active {
			continue
		}
		p, _ := attack.TechniqueByID(x.Parent())
		for _, tactic := range x.Tactics {
			if !p.Under(tactic) {
				t.Errorf("%s is under %s, and %s is not", x.ID, tactic, p.ID)
			}
		}
	}
}

func TestLookups(t *testing.T) {
	if attack.Version() != "18.1" {
		t.Errorf("version %q", attack.Version())
	}
	if n := attack.Notice(); !strings.Contains(n, "The MITRE Corporation") || !strings.Contains(n, "permission") || strings.Contains(n, "#") {
		t.Errorf("notice %q", n)
	}
	ta, ok := attack.TacticByID("TA0011")
	if !ok || ta.Name != "Command and Control" || ta.Slug() != "command-and-control" {
		t.Errorf("%+v %v", ta, ok)
	}
	got, ok := attack.TechniqueByID("T1078.004")
	want := attack.Technique{ID: "T1078.004", Name: "Cloud Accounts", Tactics: []string{"TA0001", "TA0003", "TA0004", "TA0005"}, State: attack.Active}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Error(diff)
	}
	if !got.Under("TA0001") || got.Under("TA0040") || got.Parent() != "T1078" {
		t.Errorf("%+v", got)
	}
	got, _ = attack.TechniqueByID("T1002")
	if got.State != attack.Revoked || got.ReplacedBy != "T1560" {
		t.Errorf("%+v", got)
	}
	if _, ok := attack.TechniqueByID("T9999"); ok {
		t.Error("T9999 is found")
	}
}

// TestTheTableIsNotShared: what a caller does to a list is the caller's alone.
func TestTheTableIsNotShared(t *testing.T) {
	attack.Tactics()[0].Name = "changed"
	attack.Techniques()[0].Name = "changed"
	if attack.Tactics()[0].Name == "changed" || attack.Techniques()[0].Name == "changed" {
		t.Error("a caller can change the table")
	}
}

func TestParseMapping(t *testing.T) {
	for s, want := range map[string]attack.Mapping{
		"TA0001:T1078":     {Tactic: "TA0001", Technique: "T1078"},
		"TA0001:T1078.004": {Tactic: "TA0001", Technique: "T1078.004"},
		"TA9999:T9999":     {Tactic: "TA9999", Technique: "T9999"},
	} {
		got, err := attack.ParseMapping(s)
		if err != nil || got != want || got.String() != s {
			t.Errorf("%s: %+v %v", s, got, err)
		}
	}
	for _, s := range []string{"", "T1078", "TA0001", "TA0001:", "TA001:T1078", "TA0001:T1078.4", "TA0001:T1078.0044", "TA0001: T1078", "ta0001:t1078", "TA0001:T1078 ", "xTA0001:T1078", "TA0001.T1078", "TA0001:T1078\n"} {
		if got, err := attack.ParseMapping(s); err == nil || !strings.Contains(err.Error(), "such as TA0001:T1078") {
			t.Errorf("%q: %+v %v", s, got, err)
		}
	}
}

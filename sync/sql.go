package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// ChooseSQL chooses the text that is deployed of each query with texts for several
// databases, in the repository and in the base. With a dialect that is its text, or
// Query; a query with neither is not deployed. Without one it is the text that is
// live or was deployed already, else that of the dialect of most other queries, else
// Snowflake's. The repository is returned as a copy; the base is changed. base may
// be nil.
func ChooseSQL(r *repo.Repo, base *Base, live Live, dialect string) (*repo.Repo, []repo.Diagnostic) {
	return chooseSQL(r, base, dialect, func(it *repo.Item) []string { return liveSQL(it, live) })
}

// ChooseSQLOf is ChooseSQL for the content of a plan that was made earlier.
func (p *Plan) ChooseSQLOf(r *repo.Repo, base *Base, dialect string) *repo.Repo {
	wanted := map[panther.Key]string{}
	for _, c := range p.Changes {
		wanted[c.Key()] = c.WantedFingerprint
	}
	out, _ := chooseSQL(r, base, dialect, func(it *repo.Item) []string {
		return slices.DeleteFunc(it.SQLKeys(), func(key string) bool {
			fingerprint, planned := wanted[it.Key()]
			return !planned || it.WithSQL(key).Entity().Entity.Fingerprint() != fingerprint
		})
	})
	return out
}

// liveSQL returns the keys of a query whose text is live.
func liveSQL(it *repo.Item, live Live) []string {
	f, _ := it.Kind.Field(panther.FieldSQL)
	e, ok := live[it.Key()]
	return slices.DeleteFunc(it.SQLKeys(), func(key string) bool {
		return !ok || !f.Equal(it.SQLText(key), e.Fields[f.Name])
	})
}

// sqlChoice is the state of one choice for all queries.
type sqlChoice struct {
	// known returns the keys of a query that are known to be right.
	known func(*repo.Item) []string
	base  *Base
	// was and is are the chosen keys of the base and of the repository.
	was, is map[string]string
	votes   map[string]int
}

func chooseSQL(r *repo.Repo, base *Base, dialect string, known func(*repo.Item) []string) (*repo.Repo, []repo.Diagnostic) {
	c := &sqlChoice{known: known, base: base, was: map[string]string{}, is: map[string]string{}, votes: map[string]int{}}
	var old, several []*repo.Item
	if base != nil {
		for _, it := range base.items {
			if len(it.SQLKeys()) > 1 {
				old = append(old, it)
				c.decide(it, c.was, base.Stored.sql(it.ID))
			}
		}
	}
	var lack []string
	items := slices.Clone(r.Items)
	for i, it := range items {
		keys := it.SQLKeys()
		switch {
		case !it.Deployable() || len(keys) == 0:
		case dialect != "" && !slices.Contains(keys, panther.SQLKey(dialect)) && !slices.Contains(keys, panther.AnySQLKey):
			lack = append(lack, it.ID)
			items[i] = it.WithoutSQL()
		case len(keys) == 1:
		default:
			several = append(several, it)
			c.decide(it, c.is, c.was[it.ID])
		}
	}
	prefer := c.prefer(dialect)
	for i, it := range items {
		if keys := it.SQLKeys(); len(keys) > 1 && !it.NoSQL && it.Deployable() {
			if dialect != "" || c.is[it.ID] == "" {
				c.is[it.ID] = first(prefer, keys)
			}
			items[i] = it.WithSQL(c.is[it.ID])
		}
	}
	for _, it := range old {
		key := c.was[it.ID]
		if key == "" {
			key = first(append([]string{c.is[it.ID]}, prefer...), it.SQLKeys())
		}
		base.chooseSQL(it, key)
	}
	out := *r
	out.Items = items
	return &out, c.notes(dialect, several, lack)
}

// decide chooses the key of one query if it is known, from what is live or else
// from what was deployed, and counts it as a vote for its dialect.
func (c *sqlChoice) decide(it *repo.Item, into map[string]string, deployed string) {
	keys := c.known(it)
	switch {
	case slices.Contains(keys, deployed):
		into[it.ID] = deployed
	case len(keys) > 0:
		into[it.ID] = keys[0]
	case slices.Contains(it.SQLKeys(), deployed):
		into[it.ID] = deployed
	default:
		return
	}
	if len(keys) <= 1 { // equal texts say nothing
		c.votes[into[it.ID]]++
	}
}

// prefer returns the keys in the order in which they are tried where nothing else
// decides.
func (c *sqlChoice) prefer(dialect string) []string {
	out := panther.SQLKeys()
	if dialect != "" {
		return append([]string{panther.SQLKey(dialect), panther.AnySQLKey}, out...)
	}
	delete(c.votes, panther.AnySQLKey)
	slices.SortStableFunc(out, func(a, b string) int { return c.votes[b] - c.votes[a] })
	return out
}

func first(prefer, keys []string) string {
	for _, p := range prefer {
		if slices.Contains(keys, p) {
			return p
		}
	}
	return keys[0]
}

// notes says once how the texts were chosen.
func (c *sqlChoice) notes(dialect string, several []*repo.Item, lack []string) []repo.Diagnostic {
	var out []repo.Diagnostic
	say := func(format string, args ...any) {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityInfo, Topic: "the choice of SQL", Message: fmt.Sprintf(format, args...)})
	}
	if len(lack) > 0 {
		say("not deployed, because they have neither %s nor %s, and deploy.sql in pdac.yaml is %s: %s", panther.SQLKey(dialect), panther.AnySQLKey, dialect, some(lack))
	}
	if dialect != "" || len(several) == 0 {
		return out
	}
	count := map[string]int{}
	for _, it := range several {
		count[c.is[it.ID]]++
	}
	var parts []string
	for _, key := range panther.SQLKeys() {
		if count[key] > 0 {
			parts = append(parts, fmt.Sprintf("%s (%d)", key, count[key]))
		}
	}
	say("queries with SQL for several databases are deployed with the text that is live already, or else with Snowflake's: %s; choose one with deploy.sql in pdac.yaml (%s)",
		strings.Join(parts, ", "), strings.Join(panther.SQLDialects(), ", "))
	return out
}

// chooseSQL makes a deployed query the one with the text under a key.
func (b *Base) chooseSQL(it *repo.Item, key string) {
	if it.SQLKey == key {
		return
	}
	it = it.WithSQL(key)
	if d := it.Entity(); d.OK() {
		b.items[it.Key()], b.decoded[it.Key()], b.entities[it.Key()] = it, d, d.Entity
	}
}

// sql returns the key of the text that a query was deployed with, if it had
// several.
func (s *Stored) sql(id string) string {
	if s == nil {
		return ""
	}
	return s.SQL[id]
}

// putSQL notes which of several texts of a query is deployed.
func (s *Stored) putSQL(it *repo.Item) {
	keys := it.SQLKeys()
	if len(keys) < 2 {
		return
	}
	if s.SQL == nil {
		s.SQL = map[string]string{}
	}
	s.SQL[it.ID] = first([]string{it.SQLKey}, keys)
}

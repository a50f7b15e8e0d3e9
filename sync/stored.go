package sync

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// Stored says what a record knows of the live values besides its files: the values
// that Panther stored in another form than they were sent (trimmed, capped, in
// lower case), and the newer fields that were never sent. A live value that is only
// such a form of the deployed one is neither drift nor a conflict.
type Stored struct {
	FormatVersion string `json:"format_version"`
	// Year is that of the newest field that was deployed with the record. An older
	// pdac did not send the fields of later years; see panther.Field.Since.
	Year int `json:"-"`
	// PantherYear is that of the newest field that Panther was ever known to have.
	// A plan of a part of the content may see no newer field at all.
	PantherYear int `json:"-"`
	// SQL is the key of the deployed text of each query with texts for several
	// databases, by its name.
	SQL map[string]string `json:"sql,omitempty"`
	// Origins says from which revisions the entities are; nil if all are from the
	// record's own.
	Origins *Origins `json:"origins,omitempty"`
	// Entities contains the forms by "kind/id" and field.
	Entities map[string]map[string]StoredField `json:"entities,omitempty"`
}

// StoredField is one deployed value and what Panther made of it, as digests.
type StoredField struct {
	Sent string `json:"sent,omitempty"`
	Live string `json:"live,omitempty"`
	// Unsent marks a field of a spec that no apply has sent yet.
	Unsent bool `json:"unsent,omitempty"`
}

// maxStored bounds the file, in bytes.
const maxStored = 64 << 20

// Bytes returns everything but the years as JSON; nil if there is nothing.
func (s *Stored) Bytes() ([]byte, error) {
	if s == nil || len(s.Entities) == 0 && len(s.SQL) == 0 && s.Origins == nil {
		return nil, nil
	}
	return json.MarshalIndent(s, "", " ")
}

// SameForms reports whether two records know the same of the live values; their
// origins may differ.
func (s *Stored) SameForms(other *Stored) (bool, error) {
	bare := func(s *Stored) ([]byte, error) {
		if s == nil {
			return nil, nil
		}
		out := *s
		out.Origins = nil
		return out.Bytes()
	}
	a, errA := bare(s)
	b, errB := bare(other)
	return bytes.Equal(a, b), errors.Join(errA, errB)
}

// ReadStored parses what Bytes returned. A year of 0 is that of a pdac that did not
// know the fields of 2026.
func ReadStored(src []byte, year, pantherYear int) (*Stored, error) {
	s := Stored{FormatVersion: FormatVersion, Year: year, PantherYear: pantherYear}
	if year == 0 {
		s.Year = panther.CorrelationYear - 1
	}
	if len(src) == 0 {
		return &s, nil
	}
	s.FormatVersion = ""
	if len(src) > maxStored {
		return nil, fmt.Errorf("the stored forms of the record have %d bytes, more than the %d that pdac writes", len(src), maxStored)
	}
	if err := json.Unmarshal(src, &s); err != nil {
		return nil, fmt.Errorf("read the stored forms of the record: %s", yamlcore.PlainJSON(err))
	}
	if major, _, _ := strings.Cut(s.FormatVersion, "."); major != "1" {
		return nil, fmt.Errorf("the stored forms of the record have the format_version %q, and this pdac reads 1.x; use the version of pdac that wrote the record", s.FormatVersion)
	}
	return &s, nil
}

// field returns what is known of a deployed field.
func (s *Stored) field(k panther.Key, name string) (StoredField, bool) {
	if s == nil || len(s.Entities) == 0 {
		return StoredField{}, false
	}
	f, ok := s.Entities[k.String()][name]
	return f, ok
}

// put notes something of a field; a nil map is created.
func (s *Stored) put(k panther.Key, name string, f StoredField) {
	if s.Entities == nil {
		s.Entities = map[string]map[string]StoredField{}
	}
	fields := s.Entities[k.String()]
	if fields == nil {
		fields = map[string]StoredField{}
		s.Entities[k.String()] = fields
	}
	fields[name] = f
}

// formOf reports whether a live value is the form in which Panther stores the
// deployed one.
func (b *Base) formOf(k panther.Key, f panther.Field, deployed, live any) bool {
	if b == nil {
		return false
	}
	known, ok := b.Stored.field(k, f.Name)
	return ok && !known.Unsent && known.Live == f.Digest(live) && known.Sent == f.Digest(deployed)
}

// unsent reports whether a field of a deployed spec was never sent to Panther,
// because the pdac that deployed it did not know the field.
func (b *Base) unsent(k panther.Key, f panther.Field) bool {
	if b == nil || b.Stored == nil || !f.Optional() {
		return false
	}
	known, _ := b.Stored.field(k, f.Name)
	return known.Unsent || f.Since > b.Stored.Year
}

// pantherYear returns Stored.PantherYear.
func (b *Base) pantherYear() int {
	if b == nil || b.Stored == nil {
		return 0
	}
	return b.Stored.PantherYear
}

// since returns the live entities with at least the given year.
func (l Live) since(year int) Live {
	older := false
	for _, e := range l {
		older = older || e.Year < year
	}
	if !older {
		return l
	}
	out := make(Live, len(l))
	for k, e := range l {
		e.Year = max(e.Year, year)
		out[k] = e
	}
	return out
}

// asSent reports whether a live value that differs from the deployed one is no edit
// in the console: it is Panther's form of it, or the field was never sent.
func (b *Base) asSent(k panther.Key, f panther.Field, deployed, live any) bool {
	return b.formOf(k, f, deployed, live) || b.unsent(k, f) && f.Empty(live)
}

// stored returns what the record of an apply knows besides its files. entities are
// the recorded entities, and written those whose files are the plan's.
func (r recorder) stored(entities map[panther.Key]panther.Entity, written map[panther.Key]bool) *Stored {
	out := &Stored{FormatVersion: FormatVersion, Year: panther.NewestYear(), PantherYear: max(r.Plan.Year, r.Base.pantherYear())}
	for _, res := range r.results {
		out.PantherYear = max(out.PantherYear, res.Is.Year)
	}
	for key, e := range entities {
		sent, carried := map[string]bool{}, map[string]bool{}
		if written[key] && r.took(key) {
			for _, fc := range r.changes[key].Fields {
				sent[fc.Name], carried[fc.Name] = true, fc.Carried
			}
		}
		res := r.results[key]
		for _, f := range key.Kind.Fields() {
			value := e.Fields[f.Name]
			switch {
			case r.looked(key) && f.Since > r.Plan.Year && !(sent[f.Name] && f.Since <= res.Is.Year):
				// This Panther drops the field, or did when the plan was made.
				if !f.Empty(value) {
					out.put(key, f.Name, StoredField{Unsent: true})
				}
			case sent[f.Name] && res.Outcome == Done:
				is := res.Is.Fields[f.Name]
				if !f.Equal(value, is) && !carried[f.Name] {
					out.put(key, f.Name, StoredField{Sent: f.Digest(value), Live: f.Digest(is)})
				}
			case sent[f.Name]:
			case r.Base.unsent(key, f):
				// A live value may be the wanted one all the same.
				if !f.Empty(value) && !(written[key] && r.matched(key)) {
					out.put(key, f.Name, StoredField{Unsent: true})
				}
			default:
				old, ok := StoredField{}, false
				if r.Base != nil {
					old, ok = r.Base.Stored.field(key, f.Name)
				}
				if ok && old.Sent == f.Digest(value) {
					out.put(key, f.Name, old)
				}
			}
		}
	}
	return out
}

// looked reports whether the plan compared an entity with Panther. What it did not
// look at stays as it is known.
func (r recorder) looked(key panther.Key) bool {
	return r.only.match(key) && !r.Plan.Unreadable.Has(key.Kind)
}

// matched reports whether the plan saw an entity live with its wanted values.
func (r recorder) matched(key panther.Key) bool {
	_, changes := r.changes[key]
	_, keeps := r.kept[key]
	return !changes && !keeps || r.took(key)
}

package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// Alert is an alert of a detection, with the fields that the sandbox returns.
type Alert struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"` // ALERT if empty; DETECTION_ERROR, SYSTEM_ERROR
	Status     string     `json:"status"`
	Severity   string     `json:"severity,omitempty"`
	Title      string     `json:"title,omitempty"`
	CreatedAt  time.Time  `json:"createdAt"`
	EventCount int64      `json:"eventCount"`
	Detection  *Detection `json:"detection,omitempty"`
}

// Detection is the source of an alert. Its type is RULE, SCHEDULED_RULE or
// POLICY.
type Detection struct {
	ID   string `json:"id"`
	Type string `json:"type,omitempty"`
}

const (
	alertPageSize = 25
	alertsFrom    = 30 * 24 * time.Hour // how far back a list goes by default
)

// SeedAlerts stores alerts. An alert without an id, status, type or time gets one.
func (s *Server) SeedAlerts(ctx context.Context, alerts ...Alert) error {
	err := s.store.commits.write(ctx, func(tx *bbolt.Tx) error {
		for _, a := range alerts {
			if a.ID == "" {
				a.ID = newUUID()
			}
			if a.Type == "" {
				a.Type = "ALERT"
			}
			if a.Status == "" {
				a.Status = "OPEN"
			}
			if a.CreatedAt.IsZero() {
				a.CreatedAt = s.options.Now()
			}
			a.CreatedAt = a.CreatedAt.UTC()
			raw, err := json.Marshal(a)
			if err != nil {
				return err
			}
			if err := tx.Bucket(alertBucket).Put(alertKey(a.CreatedAt, a.ID), raw); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %d alerts: %w", len(alerts), err)
	}
	return nil
}

// alertKey sorts by time, then by id.
func alertKey(at time.Time, id string) []byte {
	key := binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano())+1<<63)
	return append(key, id...)
}

// alertQuery is the query of a request for alerts.
type alertQuery struct {
	after, before time.Time
	kind          string
	title         string
	detection     string
	status        []string
	severity      []string
}

func (s *Server) alertQuery(c *call) (alertQuery, *answer) {
	q := alertQuery{before: s.options.Now(), kind: "ALERT", title: strings.ToLower(c.query.Get("name-contains")),
		detection: c.query.Get("detection-id"), status: c.query["status"], severity: c.query["severity"]}
	q.after = q.before.Add(-alertsFrom)
	if kind := c.query.Get("type"); kind != "" {
		q.kind = kind
	}
	for name, at := range map[string]*time.Time{"created-after": &q.after, "created-before": &q.before} {
		given := c.query.Get(name)
		if given == "" {
			continue
		}
		parsed, err := time.Parse(time.RFC3339, given)
		if err != nil {
			return q, badRequest(fmt.Sprintf("%s is %q, which is not a time like 2006-01-02T15:04:05Z", name, given))
		}
		*at = parsed
	}
	return q, nil
}

func (q alertQuery) matches(a Alert) bool {
	detection := ""
	if a.Detection != nil {
		detection = a.Detection.ID
	}
	return a.Type == q.kind && (q.detection == "" || q.detection == detection) && containsFold(a.Title, q.title) &&
		a.CreatedAt.After(q.after) && a.CreatedAt.Before(q.before) &&
		meets(q.status, []string{a.Status}) && meets(q.severity, []string{a.Severity})
}

func (s *Server) listAlerts(c *call) *answer {
	upwards := c.query.Get("sort-dir") == "asc"
	list := "alerts desc"
	if upwards {
		list = "alerts asc"
	}
	last, refused := c.cursor(list)
	if refused != nil {
		return refused
	}
	query, refused := s.alertQuery(c)
	if refused != nil {
		return refused
	}
	p := newPage(s.pageLimit(c, alertPageSize))
	more := false
	err := s.store.view(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(alertBucket).Cursor()
		next := cursor.Prev
		if upwards {
			next = cursor.Next
		}
		key, raw := startAlerts(cursor, last, upwards)
		for ; key != nil; key, raw = next() {
			var a Alert
			if err := json.Unmarshal(raw, &a); err != nil {
				return fmt.Errorf("read a stored alert: %w", err)
			}
			if !query.matches(a) {
				continue
			}
			if p.full() {
				more = true
				return nil
			}
			p.add(key, func(dst []byte) []byte { return append(dst, raw...) })
		}
		return nil
	})
	if err != nil {
		return unavailable(err)
	}
	return p.answer(list, more)
}

// startAlerts moves the cursor to the first alert after the last one returned.
func startAlerts(cursor *bbolt.Cursor, last []byte, upwards bool) (key, raw []byte) {
	switch {
	case last == nil && upwards:
		return cursor.First()
	case last == nil:
		return cursor.Last()
	}
	key, raw = cursor.Seek(last)
	switch {
	case upwards && bytes.Equal(key, last):
		return cursor.Next()
	case upwards:
		return key, raw
	case key == nil:
		return cursor.Last()
	}
	return cursor.Prev()
}

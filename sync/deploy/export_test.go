package deploy

import "github.com/pdac-dev/pdac/sync/record"

// RecordContent says how a record's files are read.
var RecordContent = RecordContent

// Store is where the session's deployments are recorded; nil for nowhere.
func (s *Session) Store() *record.Store { return s.store }

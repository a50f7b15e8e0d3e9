package deploy

import "github.com/pdac-dev/pdac/sync/record"

// Store is where the session's deployments are recorded; nil for nowhere.
func (s *Session) Store() *record.Store { return s.store }

package record

// Pause has a test called between the steps of Write: "stored" when all objects
// are there, and "locked" when go-git's engine holds the ref's lock.
func (s *Store) Pause(f func(stage string)) { s.pause = f }

// ReadRecord reads a commit's body as a record.
func ReadRecord(hash string, body []byte) (Deployment, error) {
	return rawCommit{hash, body}.deployment("refs/pdac/deployments/t")
}

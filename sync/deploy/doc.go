// Package deploy runs a deployment from start to end. It loads the repository,
// the last deployment and the live entities, plans, applies, and records in git
// what is live afterwards.
//
// Package record stores the record: one commit per deployment. It is written
// after the apply and contains only what succeeded, so it is never ahead of
// Panther. A process that is killed leaves an older record, and the next plan
// finds that both sides changed to the same value.
package deploy

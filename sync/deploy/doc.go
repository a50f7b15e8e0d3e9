// Package deploy carries a deployment from beginning to end: it loads the
// repository, what was deployed last, and what is live, plans, applies, and
// remembers in git what is live by pdac's hand now.
//
// The memory is package record's: a commit for each deployment. It is written
// after the apply, and holds only what succeeded, so that it never runs ahead of
// Panther: a process that is killed leaves an older memory, and the next plan
// finds that both sides changed to the same.
package deploy

package forge_test

import (
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/forge"
	"github.com/pdac-dev/pdac/internal/forge/forgetest"
)

type fake struct{ *forgetest.Fake }

type (
	comment = forgetest.Comment
	fault   = forgetest.Fault
)

const bot = forgetest.Bot

func newFake(t *testing.T) *fake {
	f := forgetest.New()
	t.Cleanup(f.Close)
	return &fake{f}
}

func (f *fake) options() forge.Options {
	return forge.Options{
		API: f.URL + "/api/v3", Token: forgetest.Token, Repository: "acme/rules", Number: 7, Tries: 4,
		FirstWait: time.Millisecond, LongestWait: 2 * time.Millisecond, LimitedWait: time.Millisecond, LongestRetryAfter: 3 * time.Second,
	}
}

func (f *fake) gitHub(t *testing.T) *forge.Comments {
	t.Helper()
	c, err := forge.GitHub(f.options())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *fake) gitLab(t *testing.T) *forge.Comments {
	t.Helper()
	f.Login = "robot"
	o := f.options()
	o.API = f.URL + "/api/v4"
	c, err := forge.GitLab(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

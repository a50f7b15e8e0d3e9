package main

import (
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

// narrowFlags limit a command to specs with some values, and leave out entities.
type narrowFlags struct {
	filters, except []string
}

func (f *narrowFlags) add(cmd *cobra.Command) {
	addFilter(cmd, &f.filters, "limit to specs with this value, such as Severity=High,Critical or Status!=Deprecated (repeatable)")
	addExcept(cmd, &f.except)
}

// addFilter adds --filter to a command.
func addFilter(cmd *cobra.Command, into *[]string, usage string) {
	cmd.Flags().StringArrayVar(into, "filter", nil, usage)
}

// addExcept adds --except to a command.
func addExcept(cmd *cobra.Command, into *[]string) {
	cmd.Flags().StringArrayVar(into, "except", nil, "leave out kind/id-glob, such as rule/AWS.*; wins over --only (repeatable)")
}

// parse reads the flags.
func (f *narrowFlags) parse() (repo.Filters, sync.Filter, error) {
	filters, err := repo.ParseFilters("--filter", f.filters)
	if err != nil {
		return nil, nil, err
	}
	except, err := sync.ParsePatterns("--except", f.except)
	return filters, except, err
}

package git

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Refs lists the names of the refs below another name, such as refs/heads, sorted.
func (r *Repository) Refs(ctx context.Context, below string) ([]string, error) {
	return ask(ctx, r, func(e engine) ([]string, error) { return e.refs(ctx, below) })
}

func (p *program) refs(ctx context.Context, below string) ([]string, error) {
	out, err := p.run(ctx, nil, nil, "for-each-ref", "--format=%(refname)", "--", below+"/")
	if err != nil {
		return nil, fmt.Errorf("list the refs below %s: %w", below, err)
	}
	names := strings.Fields(out)
	slices.Sort(names)
	return names, nil
}

func (l *library) refs(ctx context.Context, below string) (names []string, err error) {
	err = l.with(ctx, func(s *store) error {
		refs, err := s.IterReferences()
		if err != nil {
			return fmt.Errorf("list the refs below %s: %w", below, err)
		}
		return refs.ForEach(func(ref *plumbing.Reference) error {
			if name := ref.Name().String(); strings.HasPrefix(name, below+"/") {
				names = append(names, name)
			}
			return ctx.Err()
		})
	})
	slices.Sort(names)
	return names, err
}

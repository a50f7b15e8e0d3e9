package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/panther"
	"github.com/spf13/cobra"
)

type rotateOptions struct {
	toFile      string
	toStdout    bool
	autoApprove bool
}

func newAuthRotate(a *app) *cobra.Command {
	o := &rotateOptions{}
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Rotate the API token",
		Long: `Rotate the token that pdac uses. The old value stops working immediately, and
Panther shows the new one only once. pdac writes it to a file that only you can
read, or to standard output for a secret store. The file is prepared before the
rotation, and a failure after it never loses the new value.`,
		Example: `  pdac auth rotate --to-file token.txt
  pdac auth rotate --to-stdout --auto-approve | vault kv put secret/panther token=-`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.rotate(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.toFile, "to-file", "", "write the new token to this file, readable only by you (mode 0600)")
	cmd.Flags().BoolVar(&o.toStdout, "to-stdout", false, "write the new token to standard output")
	cmd.Flags().BoolVar(&o.autoApprove, "auto-approve", false, "rotate without asking")
	return cmd
}

func (a *app) rotate(ctx context.Context, o *rotateOptions) error {
	if (o.toFile == "") == !o.toStdout {
		return errors.New("specify where to write the new token: --to-file FILE or --to-stdout")
	}
	return a.with(ctx, func(_ place, t *target) error {
		self, err := t.client.Self(ctx)
		if err != nil {
			return err
		}
		var file *tokenFile
		if o.toFile != "" {
			if file, err = openTokenFile(o.toFile); err != nil {
				return fmt.Errorf("nothing was rotated, because the new token could not be saved: %w", err)
			}
			defer file.discard()
		}
		if err := a.approveRotation(ctx, o, t, self.Name); err != nil {
			return err
		}
		// From here on the run must not be interrupted: the value is shown only once.
		token, err := t.client.Rotate(context.WithoutCancel(ctx))
		if err != nil {
			if panther.Uncertain(err) {
				return fmt.Errorf("%w; the token may have been rotated, in which case the old value no longer works; check with pdac auth status, and if it fails, create a new token in Panther's console", err)
			}
			return err
		}
		return a.handOver(token.Value, o, file)
	})
}

func (a *app) approveRotation(ctx context.Context, o *rotateOptions, t *target, name string) error {
	if o.autoApprove || t.sandbox {
		return nil
	}
	if !a.InTerminal {
		return errors.New("nothing was rotated, because there is no terminal for the approval; use --auto-approve")
	}
	yes, err := a.ask(ctx, fmt.Sprintf("Rotate the token %q of %s? The old value stops working immediately. Only \"yes\" will be accepted: ", name, t.tenant))
	if err == nil && !yes {
		err = errors.New("nothing was rotated")
	}
	return err
}

// handOver writes the new value to the requested place. If that fails, it falls
// back to a temporary file and finally to the terminal: showing the token is better
// than losing it.
func (a *app) handOver(value string, o *rotateOptions, file *tokenFile) error {
	var failed error
	if file != nil {
		if failed = file.keep(value); failed == nil {
			a.note("the token was rotated; the new one is in %s. It can take a minute to start working: pdac auth status --wait", o.toFile)
			return nil
		}
	} else {
		if _, failed = io.WriteString(a.stdout, value+"\n"); failed == nil {
			a.note("the token was rotated; the new one can take a minute to start working: pdac auth status --wait")
			return nil
		}
	}
	if f, err := os.CreateTemp("", "pdac-token-*"); err == nil {
		_, err = io.WriteString(f, value+"\n")
		if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
			return fmt.Errorf("the token was rotated, but %w; the new token is in %s instead, readable only by you", failed, f.Name())
		}
	}
	fmt.Fprintf(a.Err, "the new token, which could not be saved anywhere: %s\n", value)
	return fmt.Errorf("the token was rotated, but %w; the new token is shown above: save it now", failed)
}

// tokenFile is a file that is prepared for a secret.
type tokenFile struct {
	path string
	tmp  *os.File
	done bool
}

func openTokenFile(path string) (*tokenFile, error) {
	path = atomicfile.Target(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", path)
	}
	// os.CreateTemp creates the file with mode 0600.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".pdac-token-*")
	if err != nil {
		return nil, err
	}
	f := &tokenFile{path: path, tmp: tmp}
	// Reserve space for the token now, so that a full disk is noticed in time.
	if _, err := tmp.Write(make([]byte, 4096)); err != nil {
		f.discard()
		return nil, err
	}
	if err := tmp.Sync(); err != nil {
		f.discard()
		return nil, err
	}
	return f, nil
}

func (f *tokenFile) keep(value string) error {
	_, err := f.tmp.WriteAt([]byte(value+"\n"), 0)
	err = errors.Join(err, f.tmp.Truncate(int64(len(value)+1)), f.tmp.Sync(), f.tmp.Close())
	if err == nil {
		err = os.Rename(f.tmp.Name(), f.path)
	}
	f.done = err == nil
	return err
}

func (f *tokenFile) discard() {
	if !f.done {
		f.tmp.Close()
		os.Remove(f.tmp.Name())
	}
}

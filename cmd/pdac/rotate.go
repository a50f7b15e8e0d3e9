package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"

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
rotation, and a failure or a signal after it never loses the new value: if it
can't be written where you want it, it is in a file pdac-token-* of the folder for
temporary files. If a run was killed, the next one with the same --to-file puts the
token that it received in place.`,
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
	if lost := losesTokens(a.stdout); o.toStdout && lost != "" {
		return fmt.Errorf("nothing was rotated, because %s, so the new token would be lost; pipe it to a program, or use --to-file", lost)
	}
	return a.with(ctx, func(p place, t *target) error {
		path := ""
		var left []leftToken
		if o.toFile != "" {
			var err error
			if path, err = tokenPath(p.root, o.toFile); err == nil {
				left, err = leftTokens(path)
			}
			if err != nil {
				return notSaved(err)
			}
		}
		if done, err := a.finishRotation(ctx, t, path, left); done || err != nil {
			return err
		}
		self, err := t.client.Self(ctx)
		if err != nil {
			for _, l := range left {
				err = fmt.Errorf("%w; %s holds a token of a run that was killed, which does not work either; a rotated one takes up to a minute to work", err, l.file)
			}
			return err
		}
		file, err := prepare(path)
		if err != nil {
			return notSaved(err)
		}
		defer file.discard()
		if err := a.approveRotation(ctx, o, t, self.Name); err != nil {
			return err
		}
		// From here on the run must not be interrupted: the value is shown only once.
		if a.Shield != nil {
			defer a.Shield(func() {
				a.note("waiting for the end of the rotation, because Panther shows the new token only once")
			})()
		}
		if ctx.Err() != nil {
			return errors.New("interrupted; nothing was rotated")
		}
		token, err := t.client.Rotate(context.WithoutCancel(ctx))
		if err != nil {
			if panther.Uncertain(err) {
				return fmt.Errorf("%w; the token may have been rotated, in which case the old value no longer works; check with pdac auth status, and if it fails, create a new token in Panther's console", err)
			}
			return err
		}
		if err := a.handOver(token.Value, o, file); err != nil {
			return err
		}
		for _, l := range left { // the token that worked until now was not theirs
			os.Remove(l.file)
		}
		return nil
	})
}

func notSaved(err error) error {
	return fmt.Errorf("nothing was rotated, because the new token could not be saved: %w", err)
}

// prepare prepares the file for the new token, or, without a path, one that is used
// if standard output fails.
func prepare(path string) (*tokenFile, error) {
	if path == "" {
		return reserve("", os.TempDir(), rescuePattern)
	}
	return openTokenFile(path)
}

// finishRotation puts a token in place that an earlier run received before it was
// killed, if that is the token that works now.
func (a *app) finishRotation(ctx context.Context, t *target, path string, left []leftToken) (done bool, err error) {
	for i, l := range left {
		c, err := t.as(l.value)
		if err != nil {
			continue // not a token at all
		}
		_, err = c.Self(ctx)
		var api *panther.APIError
		switch {
		case errors.As(err, &api) && api.Status == http.StatusUnauthorized:
			continue
		case err != nil:
			return false, err
		}
		if err := os.Rename(l.file, path); err != nil {
			return false, fmt.Errorf("an earlier run rotated the token and was killed; the new token is in %s: %w", l.file, err)
		}
		for _, other := range slices.Delete(left, i, i+1) {
			os.Remove(other.file)
		}
		a.note("an earlier run rotated the token and was killed; the new token is in %s now, and nothing else was rotated", path)
		return true, nil
	}
	return false, nil
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
// back to another file and finally to the terminal: showing the token is better than
// losing it.
func (a *app) handOver(value string, o *rotateOptions, file *tokenFile) error {
	var failed error
	where := ""
	if o.toStdout {
		failed = writeOut(a.stdout, value+"\n")
	} else {
		where = "is in " + o.toFile + ". It "
		failed = file.keep(value)
	}
	if failed == nil {
		a.note("the token was rotated; the new one %scan take a minute to start working: pdac auth status --wait", where)
		return nil
	}
	if name, err := file.rescue(value); err == nil {
		return fmt.Errorf("the token was rotated, but %w; the new token is in %s instead, readable only by you", failed, name)
	}
	fmt.Fprintf(a.Err, "the new token, which could not be saved anywhere: %s\n", value)
	return fmt.Errorf("the token was rotated, but %w; the new token is shown above: save it now", failed)
}

// writeOut writes a text, and to the disk if the stream is a file.
func writeOut(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return f.Sync()
		}
	}
	return nil
}

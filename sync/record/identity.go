package record

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"

	format "github.com/go-git/go-git/v5/plumbing/format/config"
)

// identity gives the author of a commit as git writes it, and the actor in the
// words of the caller, or of git's configuration where there are none.
func (s *Store) identity(ctx context.Context, actor string) (who, kept string) {
	name, mail := splitActor(actor)
	if name == "" || mail == "" {
		configName, configMail := s.configured(ctx)
		if name == "" && mail == "" {
			name, mail = configName, configMail
		}
		if mail == "" {
			mail = configMail
		}
	}
	if mail == "" {
		mail = "pdac@localhost"
	}
	if name == "" {
		name, _, _ = strings.Cut(mail, "@")
	}
	who = name + " <" + mail + ">"
	if strings.TrimSpace(actor) == "" {
		return who, who
	}
	return who, actor
}

// splitActor parts "Name <mail>", of which either may be missing.
func splitActor(actor string) (name, mail string) {
	actor = strings.TrimSpace(actor)
	open := strings.LastIndexByte(actor, '<')
	if open >= 0 && strings.HasSuffix(actor, ">") {
		return clean(actor[:open]), clean(actor[open+1 : len(actor)-1])
	}
	if name, host, ok := strings.Cut(actor, "@"); ok && name != "" && strings.Contains(host, ".") && !strings.ContainsAny(actor, " \t\r\n") {
		return clean(name), clean(actor)
	}
	return clean(actor), ""
}

// clean leaves out what git doesn't allow in names and mail addresses.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '<' || r == '>' {
			return -1
		}
		return r
	}, text)
	return strings.Trim(plain(text, 200), ` .,:;"'\`)
}

// configured is the user's identity. Only the git program knows of included
// files and conditions; go-git's reader takes what stands in the usual ones.
func (s *Store) configured(ctx context.Context) (name, mail string) {
	if s.git != nil {
		out, err := s.git.run(ctx, nil, "var", "GIT_AUTHOR_IDENT")
		if end := strings.LastIndexByte(out, '>'); err == nil && end > 0 {
			return splitActor(out[:end+1])
		}
	}
	env := map[string]string{}
	for _, kv := range s.env {
		key, value, _ := strings.Cut(kv, "=")
		env[key] = value
	}
	name, mail = clean(env["GIT_AUTHOR_NAME"]), clean(env["GIT_AUTHOR_EMAIL"])
	files := []string{filepath.Join(s.common, "config")}
	if global, ok := env["GIT_CONFIG_GLOBAL"]; ok {
		files = append(files, global)
	} else if home := env["HOME"]; home != "" {
		xdg := env["XDG_CONFIG_HOME"]
		if xdg == "" {
			xdg = filepath.Join(home, ".config")
		}
		files = append(files, filepath.Join(home, ".gitconfig"), filepath.Join(xdg, "git", "config"))
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		raw := format.New()
		if err != nil || format.NewDecoder(bytes.NewReader(text)).Decode(raw) != nil {
			continue
		}
		user := raw.Section("user")
		if name == "" {
			name = clean(user.Option("name"))
		}
		if mail == "" {
			mail = clean(user.Option("email"))
		}
	}
	return name, mail
}

package record

import (
	"context"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// identity returns the author of a commit as git writes it, and the actor as the
// caller named it, or else as git's configuration does.
func identity(ctx context.Context, r *git.Repository, actor string) (who, kept string) {
	name, mail := splitActor(actor)
	if name == "" || mail == "" {
		configName, configMail := r.Identity(ctx)
		configName, configMail = clean(configName), clean(configMail)
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

// Identity returns "Name <mail>" for commits that pdac makes for an actor; what that lacks
// comes from git's configuration.
func Identity(ctx context.Context, r *git.Repository, actor string) string {
	who, _ := identity(ctx, r, actor)
	return who
}

// splitActor splits "Name <mail>", of which either may be missing.
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

// clean removes what git doesn't allow in names and mail addresses.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '<' || r == '>' {
			return -1
		}
		return r
	}, text)
	return strings.Trim(git.OneLine(text, 200), ` .,:;"'\`)
}

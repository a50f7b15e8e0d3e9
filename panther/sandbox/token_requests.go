package sandbox

import (
	"context"
	"fmt"
	"net/http"
)

func (s *Server) serveToken(tail string, c *call) *answer {
	s.tokens.mu.Lock()
	info := s.tokens.info()
	s.tokens.mu.Unlock()
	if c.id != "" && c.id != "self" && c.id != info.ID {
		return notFound(fmt.Sprintf("no API token with the id %q was found", c.id))
	}
	switch tail {
	case "":
		return jsonAnswer(http.StatusOK, map[string]any{"results": []TokenInfo{info}})
	case "/{id}":
		return jsonAnswer(http.StatusOK, info)
	}
	info, value, refused := s.tokens.rotate(c.ctx, c.value, s.options.RotateDelay)
	if refused != nil {
		return refused
	}
	return jsonAnswer(http.StatusOK, struct {
		TokenInfo
		Value string `json:"value"`
	}{info, value})
}

// Token returns the record of the API token, including the permissions that Options.Deny takes away.
func (s *Server) Token() TokenInfo {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	return s.tokens.record.Info.clone()
}

// SetToken replaces the record of the API token: permissions, networks, expiry and times. Its value stays the same.
func (s *Server) SetToken(ctx context.Context, info TokenInfo) error { return s.tokens.set(ctx, info) }

// DelayToken disables the token for a while, as if it were new.
func (s *Server) DelayToken(d TokenDelay) { s.tokens.delay(d) }

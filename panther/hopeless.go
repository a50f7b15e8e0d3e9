package panther

import (
	"errors"
	"net/http"
	"syscall"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// deadToken matches what servers and gateways say with a 403 about a token that
// they do not accept at all, rather than about a missing permission.
var deadToken = lazyregexp.New(`(?i)\b(api[ _-]?)?(token|key)\b.{0,60}\b(invalid|not valid|expired|revoked|disabled|deleted|unknown|not recogni[sz]ed|does not exist)\b` +
	`|\b(invalid|expired|revoked|disabled|unknown)\b.{0,20}\b(token|api[ _-]?key)\b`)

// TokenRefused reports whether Panther does not accept the token at all, so that
// no other call can succeed with it.
func TokenRefused(err error) bool {
	var api *APIError
	if !errors.As(err, &api) {
		return false
	}
	return api.Status == http.StatusUnauthorized || api.Status == http.StatusForbidden && deadToken.MatchString(api.Message)
}

// Unreachable reports whether no connection to Panther could be established, so
// that other calls will not reach it either.
func Unreachable(err error) bool {
	var send *SendError
	return errors.As(err, &send) && !send.Sent
}

// refusesConnections reports whether the other side, or the network, refused a
// connection at once.
func refusesConnections(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH)
}

package mail

import (
	"errors"
	"net/smtp"
	"slices"
	"strings"
)

// auth signs in with PLAIN, LOGIN or CRAM-MD5, in this order of preference: the line below
// is encrypted and verified, or does not leave the host, so the simplest is the most robust.
// (net/smtp's own PLAIN cannot see that the line is encrypted, and knows no LOGIN.)
type auth struct {
	username, password string
	cram               smtp.Auth // in use, if chosen
	login              bool
}

// Start implements smtp.Auth.
func (a *auth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	offers := func(m string) bool {
		return slices.ContainsFunc(server.Auth, func(s string) bool { return strings.EqualFold(s, m) })
	}
	switch {
	case offers("PLAIN"), len(server.Auth) == 0: // some servers offer it in lower case, which net/smtp misses
		return "PLAIN", []byte("\x00" + a.username + "\x00" + a.password), nil
	case offers("LOGIN"):
		a.login = true
		return "LOGIN", nil, nil
	case offers("CRAM-MD5"):
		a.cram = smtp.CRAMMD5Auth(a.username, a.password)
		return a.cram.Start(server)
	}
	return "", nil, errNoSignIn
}

var errNoSignIn = errors.New("the relay offers none of the sign-ins PLAIN, LOGIN, CRAM-MD5")

// Next implements smtp.Auth.
func (a *auth) Next(challenge []byte, more bool) ([]byte, error) {
	switch c := strings.ToLower(string(challenge)); {
	case a.cram != nil:
		return a.cram.Next(challenge, more)
	case !more:
		return nil, nil
	case a.login && strings.HasPrefix(c, "user"):
		return []byte(a.username), nil
	case a.login && strings.HasPrefix(c, "pass"):
		return []byte(a.password), nil
	}
	return nil, errors.New("the relay asked an unexpected question during sign-in")
}

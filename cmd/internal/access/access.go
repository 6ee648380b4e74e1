// Package access decides who may come in: passwords, session tokens, what a route demands of
// its caller, and how long somebody who mistyped a password has to wait.
//
// Its one rule: default deny. The zero Rule admits nobody and a server refuses to start with
// it; an unknown login costs the same time and gets the same answer as a wrong password.
// A route's rule is the outer gate only: which duties a person may see is part of the
// store's queries.
//
// It stores nothing, sends nothing and reads no clock: instants are handed in.
package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/baosong/baosong/cmd/internal/store"
)

// Rule is what a route demands of its caller.
type Rule uint8

// The rules. The zero value is not one of them.
const (
	undeclared Rule = iota
	Public          // anybody
	SignedIn        // any signed-in person; the store decides what they see
	Clerk           // who is a submitter of some unit
	Reviewer        // who is a reviewer of some unit
	DemoOnly        // anybody, and the route exists only in the demo
)

// Declared reports whether r is one of the rules.
func (r Rule) Declared() bool { return r > undeclared && r <= DemoOnly }

// Verdict is what a rule says to a caller.
type Verdict uint8

// The verdicts. The zero value denies.
const (
	Deny   Verdict = iota // signed in, without the role
	SignIn                // not signed in
	Allow
)

// Judge says whether p may pass; p is nil for somebody not signed in.
func (r Rule) Judge(p *store.Person) Verdict {
	switch {
	case r == Public || r == DemoOnly:
		return Allow
	case !r.Declared():
		return Deny
	case p == nil:
		return SignIn
	case p.Disabled:
		return Deny
	case r == SignedIn,
		r == Clerk && p.Has(store.Clerk),
		r == Reviewer && p.Has(store.Reviewer):
		return Allow
	}
	return Deny
}

// NewToken returns a fresh session token of 256 random bits and the hash it is stored under.
// Only the browser ever holds the token (ASVS 5.0 7.2.3 asks for 128 bits).
func NewToken() (token, hash string) {
	b := make([]byte, 32)
	rand.Read(b) // never fails: the runtime ends the program instead
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, TokenHash(token)
}

// TokenHash returns the hex SHA-256 of a token. A fast hash is right here: the token itself
// is random, so there is nothing to guess.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

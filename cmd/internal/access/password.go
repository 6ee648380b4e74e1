package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// Cost is the cost of an argon2id hash (RFC 9106).
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultCost is above OWASP's minimum for argon2id (19 MiB, 2 passes, 1 lane) and takes a
// county's small server some 50 ms; sign-ins are few.
var DefaultCost = Cost{Memory: 32 << 10, Time: 3, Threads: 1}

// maxCost bounds what a stored hash may ask for, so that a tampered row cannot exhaust the
// server.
var maxCost = Cost{Memory: 512 << 10, Time: 16, Threads: 16}

const (
	saltLen = 16
	keyLen  = 32
	// maxPassword is the longest password in bytes; argon2 does not truncate, but hashing
	// megabytes is an attack (ASVS 5.0 6.2.9 asks to allow at least 64 characters).
	maxPassword = 1024
)

// ErrHash says that a stored password hash cannot be read.
var ErrHash = errors.New("not an argon2id hash in PHC format")

// Hasher hashes and verifies passwords. At most as many as the machine has processors are
// hashed at once, so that a flood of sign-ins cannot take all memory.
type Hasher struct {
	cost  Cost
	slots chan struct{}
	dummy func() string
}

// NewHasher returns a Hasher with DefaultCost.
func NewHasher() *Hasher { return NewHasherCost(DefaultCost) }

// NewHasherCost returns a Hasher with another cost.
func NewHasherCost(c Cost) *Hasher {
	h := &Hasher{cost: c, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	h.dummy = sync.OnceValue(func() string { token, _ := NewToken(); s, _ := h.Hash(token); return s })
	return h
}

// Hash returns the argon2id hash of a password in PHC string format,
// $argon2id$v=19$m=32768,t=3,p=1$salt$key. An empty or overlong password is an error.
func (h *Hasher) Hash(password string) (string, error) {
	if password == "" || len(password) > maxPassword {
		return "", fmt.Errorf("a password has 1 to %d bytes", maxPassword)
	}
	salt := make([]byte, saltLen)
	rand.Read(salt)
	key := h.key(password, salt, h.cost, keyLen)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, h.cost.Memory, h.cost.Time, h.cost.Threads, b64(salt), b64(key)), nil
}

// Verify reports whether password matches hash, in time that does not depend on where they
// differ. An empty hash stands for an unknown login: a hash of nobody's password is verified
// instead and the answer is false, so that time and answer do not tell who has an account.
// ErrHash if the hash cannot be read.
func (h *Hasher) Verify(hash, password string) (bool, error) {
	known := hash != ""
	if !known {
		hash = h.dummy()
	}
	cost, salt, want, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	if len(password) > maxPassword {
		password, known = password[:maxPassword], false
	}
	same := subtle.ConstantTimeCompare(h.key(password, salt, cost, uint32(len(want))), want) == 1
	return same && known, nil
}

// Stale reports whether a hash was made with another cost than the Hasher's and should be
// replaced at the next sign-in.
func (h *Hasher) Stale(hash string) bool {
	cost, _, _, err := parsePHC(hash)
	return err != nil || cost != h.cost
}

func (h *Hasher) key(password string, salt []byte, c Cost, n uint32) []byte {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, n)
}

func parsePHC(s string) (c Cost, salt, key []byte, err error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, ErrHash
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); n != 3 || err != nil {
		return c, nil, nil, ErrHash
	}
	if c.Memory == 0 || c.Time == 0 || c.Threads == 0 ||
		c.Memory > maxCost.Memory || c.Time > maxCost.Time || c.Threads > maxCost.Threads {
		return c, nil, nil, fmt.Errorf("%w: cost out of bounds", ErrHash)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(part[4]); err != nil || len(salt) < 8 {
		return c, nil, nil, ErrHash
	}
	if key, err = base64.RawStdEncoding.DecodeString(part[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, ErrHash
	}
	return c, salt, key, nil
}

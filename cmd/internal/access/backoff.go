package access

import (
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits of the back-off of failed sign-ins (ASVS 5.0 6.1.1). A login's wait stays short so
// that a third party cannot lock a clerk out on the last day; an address may wait longer.
const (
	loginFree = 5           // failures of a login without a wait
	loginCap  = time.Minute // longest wait of a login
	addrFree  = 20          // failures of an address (IPv6: of a /64) without a wait
	addrCap   = 15 * time.Minute
	forget    = time.Hour // after which a failure no longer counts
	maxKeys   = 20_000    // kept in memory; the longest untouched is dropped
)

// Backoff counts failed sign-ins per login and per client address and says how long to wait.
// It is in memory and bounded. It is safe for concurrent use.
type Backoff struct {
	mu   sync.Mutex
	keys map[string]*list.Element
	age  *list.List // of *failures, longest untouched first
}

type failures struct {
	key  string
	n    int
	last time.Time
}

// NewBackoff returns an empty Backoff.
func NewBackoff() *Backoff { return &Backoff{keys: map[string]*list.Element{}, age: list.New()} }

// Wait returns how long after now the login may be tried again from the address; 0 is now.
func (b *Backoff) Wait(login, addr string, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.wait(loginKey(login), loginFree, loginCap, now), b.wait(addrKey(addr), addrFree, addrCap, now))
}

// Failed records a failed sign-in at now.
func (b *Backoff) Failed(login, addr string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range []string{loginKey(login), addrKey(addr)} {
		e := b.keys[key]
		if e == nil {
			e = b.age.PushBack(&failures{key: key})
			b.keys[key] = e
		}
		f := e.Value.(*failures)
		if now.Sub(f.last) > forget {
			f.n = 0
		}
		f.n, f.last = f.n+1, now
		b.age.MoveToBack(e)
	}
	for b.age.Len() > maxKeys {
		delete(b.keys, b.age.Remove(b.age.Front()).(*failures).key)
	}
}

// Succeeded forgets the failures of a login. Those of the address stay: one known password
// must not reset an attack on others.
func (b *Backoff) Succeeded(login string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.keys[loginKey(login)]; e != nil {
		delete(b.keys, b.age.Remove(e).(*failures).key)
	}
}

// wait doubles from one second with each failure past the free ones, up to limit.
func (b *Backoff) wait(key string, free int, limit time.Duration, now time.Time) time.Duration {
	e := b.keys[key]
	if e == nil {
		return 0
	}
	f := e.Value.(*failures)
	over := f.n - free
	if over < 0 || now.Sub(f.last) > forget {
		return 0
	}
	pause := min(time.Second<<min(over, 20), limit)
	return max(0, f.last.Add(pause).Sub(now))
}

func loginKey(login string) string { return "login " + strings.ToLower(login) }

// addrKey takes an IPv6 address as its /64: that is what one subscriber has.
func addrKey(addr string) string {
	if a, err := netip.ParseAddr(addr); err == nil && a.Unmap().Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return "addr " + p.String()
		}
	}
	return "addr " + addr
}

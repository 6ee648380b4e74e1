package access

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
)

var cheap = Cost{Memory: 64, Time: 1, Threads: 1}

func TestJudge(t *testing.T) {
	person := func(rs ...store.RoleName) *store.Person {
		p := &store.Person{ID: "p"}
		for _, r := range rs {
			p.Roles = append(p.Roles, store.Role{Unit: "u", Name: r})
		}
		return p
	}
	disabled := person(store.Clerk, store.Reviewer)
	disabled.Disabled = true
	cases := []struct {
		rule Rule
		who  *store.Person
		want Verdict
	}{
		{Public, nil, Allow}, {DemoOnly, nil, Allow},
		{SignedIn, nil, SignIn}, {Clerk, nil, SignIn}, {Reviewer, nil, SignIn},
		{SignedIn, person(), Allow}, {Clerk, person(), Deny}, {Reviewer, person(), Deny},
		{Clerk, person(store.Clerk), Allow}, {Reviewer, person(store.Clerk), Deny},
		{Clerk, person(store.Reviewer), Deny}, {Reviewer, person(store.Reviewer), Allow},
		{SignedIn, disabled, Deny}, {Clerk, disabled, Deny}, {Reviewer, disabled, Deny},
		{Rule(0), nil, Deny}, {Rule(0), person(store.Clerk, store.Reviewer), Deny},
		{DemoOnly + 1, person(store.Clerk), Deny},
	}
	for _, c := range cases {
		if got := c.rule.Judge(c.who); got != c.want {
			t.Errorf("rule %d, %+v: %d, want %d", c.rule, c.who, got, c.want)
		}
	}
	if Rule(0).Declared() || (DemoOnly + 1).Declared() || !Public.Declared() {
		t.Error("only the named rules are declared")
	}
}

func TestPasswords(t *testing.T) {
	h := NewHasherCost(cheap)
	hash, err := h.Hash("惠安 rice field 7")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	again, _ := h.Hash("惠安 rice field 7")
	if again == hash {
		t.Error("two hashes of one password are the same: no salt")
	}
	for _, c := range []struct {
		hash, password string
		want           bool
	}{
		{hash, "惠安 rice field 7", true},
		{hash, "惠安 rice field 8", false},
		{hash, "", false},
		{"", "惠安 rice field 7", false}, // an unknown login
		{hash, strings.Repeat("a", maxPassword+1), false},
	} {
		if got, err := h.Verify(c.hash, c.password); got != c.want || err != nil {
			t.Errorf("Verify(%q, %.20q) = %v, %v; want %v", c.hash, c.password, got, err, c.want)
		}
	}
	for _, bad := range []string{"plain", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$a2V5", strings.Replace(hash, "m=64", "m=99999999", 1), hash + "$x"} {
		if ok, err := h.Verify(bad, "x"); ok || !errors.Is(err, ErrHash) {
			t.Errorf("Verify(%q) = %v, %v; want ErrHash", bad, ok, err)
		}
	}
	if _, err := h.Hash(""); err == nil {
		t.Error("an empty password was hashed")
	}
	if h.Stale(hash) || !NewHasher().Stale(hash) {
		t.Error("a hash is stale exactly when its cost differs")
	}
}

func TestTokens(t *testing.T) {
	token, hash := NewToken()
	other, _ := NewToken()
	if len(token) < 43 || token == other || TokenHash(token) != hash || strings.Contains(hash, token) {
		t.Errorf("token %q, hash %q", token, hash)
	}
	if got := TokenHash("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("SHA-256 of abc is %s", got) // FIPS 180-4, example B.1
	}
}

func TestBackoff(t *testing.T) {
	b := NewBackoff()
	now := time.Date(2021, 6, 25, 1, 0, 0, 0, time.UTC)
	fail := func(n int, login, addr string) {
		for range n {
			b.Failed(login, addr, now)
		}
	}
	expect := func(what, login, addr string, want time.Duration) {
		t.Helper()
		if got := b.Wait(login, addr, now); got != want {
			t.Errorf("%s: wait %v, want %v", what, got, want)
		}
	}
	fail(4, "jinjiang", "10.0.0.1")
	expect("four failures are free", "jinjiang", "10.0.0.1", 0)
	fail(1, "jinjiang", "10.0.0.1")
	expect("the fifth costs a second", "Jinjiang", "10.0.0.1", time.Second)
	fail(2, "jinjiang", "10.0.0.1")
	expect("and doubles", "jinjiang", "10.0.0.2", 4*time.Second)
	expect("others do not wait", "shishi", "10.0.0.1", 0)
	fail(50, "jinjiang", "10.0.0.3")
	expect("a login never waits longer than its cap", "jinjiang", "10.0.0.9", loginCap)
	expect("an address waits for every login", "shishi", "10.0.0.3", addrCap)
	b.Succeeded("jinjiang")
	expect("a success forgets the login", "jinjiang", "10.0.0.9", 0)
	expect("but not the address", "jinjiang", "10.0.0.3", addrCap)
	fail(25, "x", "2001:db8:1:2::1")
	expect("IPv6 counts by /64", "y", "2001:db8:1:2:ffff::9", 32*time.Second)
	now = now.Add(forget + time.Second)
	expect("an hour later all is forgotten", "jinjiang", "10.0.0.3", 0)
}

func TestBackoffIsBounded(t *testing.T) {
	b, now := NewBackoff(), time.Date(2021, 6, 25, 1, 0, 0, 0, time.UTC)
	for i := range maxKeys {
		b.Failed(fmt.Sprintf("login-%d", i), fmt.Sprintf("10.0.%d.%d", i/256, i%256), now)
	}
	if b.age.Len() != maxKeys || len(b.keys) != maxKeys {
		t.Errorf("%d in the list, %d in the map, want %d", b.age.Len(), len(b.keys), maxKeys)
	}
	if b.keys["login login-0"] != nil || b.keys[fmt.Sprintf("login login-%d", maxKeys-1)] == nil {
		t.Error("the longest untouched is to be dropped first")
	}
}

func BenchmarkVerify(b *testing.B) {
	h := NewHasher()
	hash, _ := h.Hash("password of a clerk")
	for b.Loop() {
		h.Verify(hash, "password of a clerk")
	}
}

package webhook

import (
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/baosong/baosong/notify/internal/exchange"
)

// inner are the networks that are nobody's on the Internet, beside those that netip knows as
// loopback, private, link-local, multicast or unspecified: this network, shared space of carriers,
// protocol assignments, documentation, benchmarks, reserved; and those of IPv6 that carry an IPv4
// address within.
var inner = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// guard refuses addresses as they are dialled, when no name can any more stand for another.
type guard struct {
	loopback bool // the settings name a host of this machine
	allow    []netip.Prefix
}

// may says why an address may not be dialled; empty if it may.
func (g guard) may(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	in := func(p netip.Prefix) bool { return p.Contains(a) }
	switch {
	case a.IsLoopback() && g.loopback, slices.ContainsFunc(g.allow, in):
		return ""
	case a.IsLoopback():
		return "it is this machine, which the address in the settings does not name"
	case a.IsPrivate(), a.IsLinkLocalUnicast(), a.IsMulticast(), a.IsUnspecified(), slices.ContainsFunc(inner, in):
		return "it lies in an inner network, which the settings do not allow"
	}
	return ""
}

// control implements net.Dialer.Control.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return &exchange.Forbidden{Address: address, Why: "it is no address"}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return &exchange.Forbidden{Address: address, Why: "it is no address"}
	}
	if why := g.may(a); why != "" {
		return &exchange.Forbidden{Address: address, Why: why}
	}
	return nil
}

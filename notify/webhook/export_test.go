package webhook

import (
	"crypto/x509"
	"net/netip"
)

// Believing has a sender believe these roots only.
func Believing(s Settings, roots *x509.CertPool) Settings {
	s.exchange.Roots = roots
	return s
}

// May says why an address may not be dialled.
func May(loopback bool, allow []netip.Prefix, a netip.Addr) string {
	return guard{loopback: loopback, allow: allow}.may(a)
}

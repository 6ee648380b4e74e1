package httpform

import "crypto/x509"

// Believing has a sender believe these roots only.
func Believing(s Settings, roots *x509.CertPool) Settings {
	s.exchange.Roots = roots
	return s
}

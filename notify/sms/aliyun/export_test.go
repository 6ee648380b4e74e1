package aliyun

import "crypto/x509"

// Believing has a sender believe these roots only.
func Believing(s Settings, roots *x509.CertPool) Settings {
	s.exchange.Roots = roots
	return s
}

// Address is the service's.
func (s *Sender) Address() string { return s.set.URL }

var (
	Canonical     = canonical
	Authorisation = authorisation
	Codes         = codes
)

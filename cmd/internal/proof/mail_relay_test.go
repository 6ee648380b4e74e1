package proof

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
	relay "github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/mail/mailtest"
)

// TestRelayWithoutIPv4: a relay that only has an IPv6 address is reached, over TLS too.
func TestRelayWithoutIPv4(t *testing.T) {
	for _, security := range []relay.Security{relay.Plain, relay.StartTLS} {
		server, err := mailtest.Listen(mailtest.Options{Host: "::1", StartTLS: security == relay.StartTLS})
		if err != nil {
			testneed.Missing(t, "IPv6 on the loopback interface ("+err.Error()+")", "sysctl net.ipv6.conf.lo.disable_ipv6=0")
		}
		defer server.Close()
		s, err := relay.New(relay.Settings{Host: "::1", Port: server.Port(), Security: security, TLS: &tls.Config{RootCAs: server.Roots()}, From: "mzj@example.gov.cn"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m := notify.Rendered{MessageID: "<1@example.gov.cn>", To: "lin@example.gov.cn", Body: []byte("Message-ID: <1@example.gov.cn>\r\n\r\nx\r\n")}
		a, err := s.Send(t.Context(), m)
		if err != nil || !strings.HasPrefix(a.Answer, "250") {
			t.Errorf("%s: %v, %v", security, a, err)
		}
		if got := server.Ledger(); len(got) != 1 || got[0].SHA256 != mailtest.Sum(m.Body) {
			t.Errorf("%s: %+v", security, got)
		}
	}
}

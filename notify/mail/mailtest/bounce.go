package mailtest

import (
	"bytes"
	"strings"
)

// report is the delivery status notification (RFC 3464) that a relay sends back for a message.
func report(v Visit, body []byte) []byte {
	headers, _, _ := bytes.Cut(body, []byte("\r\n\r\n"))
	return []byte(strings.Join([]string{
		"From: MAILER-DAEMON@mailtest.example",
		"To: " + v.From,
		"Subject: Undelivered Mail Returned to Sender",
		"MIME-Version: 1.0",
		`Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"`,
		"",
		"--=_report",
		"Content-Type: text/plain; charset=us-ascii",
		"",
		"Your message could not be delivered.",
		"--=_report",
		"Content-Type: message/delivery-status",
		"",
		"Reporting-MTA: dns; mailtest.example",
		"Arrival-Date: Fri, 25 Jun 2021 08:30:05 +0800",
		"",
		"Final-Recipient: rfc822; " + strings.Join(v.To, ", "),
		"Action: failed",
		"Status: 5.1.1",
		"Diagnostic-Code: smtp; 550 5.1.1 no such user",
		"Last-Attempt-Date: Fri, 25 Jun 2021 08:31:00 +0800",
		"",
		"--=_report",
		"Content-Type: text/rfc822-headers",
		"",
		string(headers),
		"",
		"--=_report--",
		"",
	}, "\r\n"))
}

package aliyun

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
)

// algorithm is Alibaba Cloud's signature of version 3: help.aliyun.com/document_detail/315526.html,
// "V3版本请求体&签名机制".
const algorithm = "ACS3-HMAC-SHA256"

// canonical writes a query as it is signed and sent: sorted by name, everything but RFC 3986's
// unreserved characters escaped.
func canonical(query map[string]string) string {
	names := make([]string, 0, len(query))
	for n := range query {
		names = append(names, n)
	}
	slices.Sort(names)
	for i, n := range names {
		names[i] = escape(n) + "=" + escape(query[n])
	}
	return strings.Join(names, "&")
}

// escape differs from url.QueryEscape, which is that of forms, in the space; the rest agrees.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// authorisation signs a POST to / with this query, these headers (by lower-case name: all of them
// are signed) and no body.
func authorisation(id, secret, query string, headers map[string]string) string {
	names := make([]string, 0, len(headers))
	for n := range headers {
		names = append(names, n)
	}
	slices.Sort(names)
	signed := strings.Join(names, ";")
	request := "POST\n/\n" + query + "\n"
	for _, n := range names {
		request += n + ":" + strings.TrimSpace(headers[n]) + "\n"
	}
	request += "\n" + signed + "\n" + headers["x-acs-content-sha256"]
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(algorithm + "\n" + digest(request)))
	return algorithm + " Credential=" + id + ",SignedHeaders=" + signed + ",Signature=" + hex.EncodeToString(mac.Sum(nil))
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

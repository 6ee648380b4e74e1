package tencent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// algorithm is Tencent Cloud's signature of version 3: cloud.tencent.com/document/api/382/52072,
// "签名方法 v3".
const algorithm = "TC3-HMAC-SHA256"

// authorisation signs a POST of body to / at an instant (UTC) with these headers, by lower-case
// name; all of them are signed.
func authorisation(id, key, service string, at time.Time, headers map[string]string, body []byte) string {
	names := make([]string, 0, len(headers))
	for n := range headers {
		names = append(names, n)
	}
	slices.Sort(names)
	signed := strings.Join(names, ";")
	request := "POST\n/\n\n"
	for _, n := range names {
		request += n + ":" + strings.ToLower(strings.TrimSpace(headers[n])) + "\n"
	}
	request += "\n" + signed + "\n" + digest(body)

	date := at.UTC().Format(time.DateOnly)
	scope := date + "/" + service + "/tc3_request"
	text := algorithm + "\n" + strconv.FormatInt(at.Unix(), 10) + "\n" + scope + "\n" + digest([]byte(request))
	secret := []byte("TC3" + key)
	for _, step := range []string{date, service, "tc3_request"} {
		secret = mac(secret, step)
	}
	return algorithm + " Credential=" + id + "/" + scope + ", SignedHeaders=" + signed + ", Signature=" + hex.EncodeToString(mac(secret, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

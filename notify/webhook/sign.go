package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// scheme is the only one of the specification with a shared secret.
const scheme = "v1"

// secret reads "whsec_" and base64. The specification wants 24 to 64 random bytes. No error tells
// any of it.
func secret(s string) ([]byte, error) {
	text, ok := strings.CutPrefix(s, "whsec_")
	if !ok {
		return nil, errors.New("a secret begins with whsec_")
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("a secret is base64 after whsec_")
	}
	if len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("a secret has 24 to 64 bytes, not %d; `openssl rand -base64 32` makes one", len(key))
	}
	return key, nil
}

// signatures returns the value of the header webhook-signature: one for each secret, so that a
// receiver may know the old or the new one while they are being changed.
func signatures(keys [][]byte, id string, at time.Time, body []byte) string {
	all := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		all[i] = scheme + "," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(all, " ")
}

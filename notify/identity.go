package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"time"
)

// Digest returns the 32 hex digits by which the world knows the message id: an HMAC under
// the installation's key, so that it is stable, unique and tells nothing about the reader.
// It is the reference of an SMS and the left side of a mail's Message-ID.
func Digest(key []byte, id string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

// MessageID returns the RFC 5322 Message-ID of message id, with angle brackets. It depends
// on the installation's key, id and domain only: whoever sends the message again, in
// whichever process, sends it under the same Message-ID.
func MessageID(key []byte, id, domain string) string {
	return "<" + Digest(key, id) + "@" + domain + ">"
}

// backoff is how long to wait after the first, second, … attempt; then hourly.
var backoff = [...]time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute}

// Backoff returns how long to wait after the attempt-th temporary failure (from 1): 1, 2, 5,
// 10, 30 minutes, then an hour, each ±20 %. There is no last attempt: a message ends when
// it is no longer of use. The jitter is a hash of key and attempt: a crowd of messages
// deferred together comes back spread out, and the same way in every run of a simulation.
func Backoff(attempt int, key string) time.Duration {
	base := time.Hour
	if i := max(attempt, 1) - 1; i < len(backoff) {
		base = backoff[i]
	}
	h := fnv.New64a()
	h.Write([]byte(key + "|" + itoa(attempt)))
	permille := int64(h.Sum64()%401) - 200
	return base + base*time.Duration(permille)/1000
}

// Package kanneltest drives a real Kannel with its fake SMS centre through the sender for HTTP
// gateways.
//
// Its one rule: what the centre received is read from the centre. It holds tests only; they stand
// here, and not beside the sender, because they need programs that may be absent.
package kanneltest

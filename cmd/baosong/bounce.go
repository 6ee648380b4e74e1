package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/notify/mail"
)

// maxBounce bounds a mail that came back, in bytes: what the pages take.
const maxBounce = 1 << 20

func newBounce() *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "bounce --config FILE",
		Short: "hand a mail that came back to the running daemon, which then knows the address is bad",
		Long: `bounce reads one mail from standard input and hands it to the daemon of the settings
(web.listen, with notify.callback_key). Let the mail system pipe into it what comes back to the
address of notify.from, as in an alias file:

  baosong-bounces: "|/usr/local/bin/baosong bounce --config /etc/baosong/baosong.yaml"

A delivery status notification, or what QQ, 网易 and others send in place of one, marks the message as
refused and, if the address is why, the address as bad. Anything else is let pass without a word.
If the daemon cannot be reached it exits with 75, so that the mail system tries again.`,
		Args: cobra.NoArgs,
	}
	s.flags(c)
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := s.load(cmd)
		if err != nil {
			return err
		}
		key := cfg.Notify.CallbackKey.Reveal()
		if key == "" {
			return errors.New("notify.callback_key is empty in the settings: give at least 20 random characters, and start serve anew")
		}
		body, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxBounce)) // the reason stands at the top
		if err != nil {
			return err
		}
		said, err := bring(cmd.Context(), cfg.Web.Listen, key, body)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "receipts: %s\n", said)
		return err
	}
	return c
}

// bring posts a mail to the daemon that listens at an address.
func bring(ctx context.Context, listen, key string, body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	to := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/receipt/" + mail.Carrier, RawQuery: url.Values{"key": {key}}.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "message/rfc822")
	resp, err := new(http.Client).Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) { // its text repeats the key
			err = wrapped.Err
		}
		return "", tryAgain{fmt.Errorf("the daemon at %s cannot be reached: %w", listen, err)}
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 100))
	switch {
	case err != nil:
		return "", tryAgain{err}
	case resp.StatusCode == http.StatusNotFound:
		return "", errors.New("the daemon does not take it: it runs with another callback key, or with notify.enabled: false")
	case resp.StatusCode != http.StatusOK:
		return "", tryAgain{fmt.Errorf("the daemon answers %s", resp.Status)}
	}
	return strings.TrimSpace(string(said)), nil
}

// tryAgain is a failure that passes: a mail system keeps what it could not hand over.
type tryAgain struct{ error }

func (t tryAgain) Unwrap() error { return t.error }

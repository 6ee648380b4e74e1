package config

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// everyPrint writes v in every way of printing there is.
func everyPrint(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T", "%U", "%b", "%20v"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	fmt.Fprintln(&b, v)
	fmt.Fprintln(&b, fmt.Errorf("wrapped: %v", v))
	fmt.Fprintln(&b, struct{ hidden any }{v})
	for name, f := range map[string]func(any) ([]byte, error){"json": json.Marshal, "yaml": yaml.Marshal} {
		out, err := f(v)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.Write(out)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("text", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("json", "v", v)
	return b.String()
}

func TestSecretIsNeverShown(t *testing.T) {
	const word = "hunter2-口令"
	secret, url := NewSecret(word), NewDSN("postgres://bs:"+word+"@db/baosong")
	type inside struct {
		Open   Secret
		closed Secret
		URL    DSN
		Ptr    *Secret
		Map    map[string]Secret
	}
	for name, v := range map[string]any{
		"value": secret, "pointer": &secret, "url": url, "slice": []Secret{secret},
		"struct": inside{secret, secret, url, &secret, map[string]Secret{"a": secret}},
		"config": Config{Database: Database{URL: url}, Mail: Mail{Password: secret}, SMS: SMS{Gateway: Gateway{Password: secret}}},
	} {
		got := everyPrint(t, v)
		hex := fmt.Sprintf("%x", word)
		if strings.Contains(got, "hunter2") || strings.Contains(strings.ToLower(got), hex) || strings.Contains(got, "口令") {
			t.Errorf("%s: shown in\n%s", name, got)
		}
		if !strings.Contains(got, redacted) {
			t.Errorf("%s: nothing says that something is hidden:\n%s", name, got)
		}
	}
	type named struct{ S Secret }
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(struct{ S Secret }{secret}); err == nil {
		t.Error("gob takes a secret: it would be read back as " + redacted)
	}
	if err := xml.NewEncoder(&b).Encode(named{secret}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), redacted) || strings.Contains(b.String(), "hunter2") {
		t.Errorf("xml: %s", b.String())
	}
	if secret.Reveal() != word || !strings.Contains(url.Reveal(), word) {
		t.Error("Reveal does not give the text")
	}
	if got := fmt.Sprint(Secret{}, NewSecret("")); strings.TrimSpace(got) != "" {
		t.Errorf("nothing is shown as %q", got)
	}
}

func TestDSN(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite:baosong.db":                                     "sqlite:baosong.db",
		"postgres://bs:p@ss@db/x":                               "postgres://bs:[redacted]@db/x",
		"postgres://bs:p/a?b@db:5432/x?sslmode=disable":         "postgres://bs:[redacted]@db:5432/x?sslmode=disable",
		"postgres://bs@db/x":                                    "postgres://bs@db/x",
		"postgres://db/x?user=bs&password=pw&sslpassword=q&a=b": "postgres://db/x?user=bs&password=[redacted]&sslpassword=[redacted]&a=b",
		"host=db Password = 'a b' user=bs":                      "host=db Password = [redacted] user=bs",
	} {
		if got := NewDSN(url).String(); got != want {
			t.Errorf("%s is shown as %s, want %s", url, got, want)
		}
	}
}

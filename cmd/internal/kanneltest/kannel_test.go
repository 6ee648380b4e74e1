package kanneltest

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/notify/sms/httpform"
)

const fakesmsc = "/usr/lib/kannel/test/fakesmsc"

// kannel is a running Kannel: bearerbox and smsbox. Its SMS centre is started apart.
type kannel struct {
	t                 *testing.T
	folder            string
	centre, sends     int // ports
	mu                sync.Mutex
	received          []string // lines of the fake centre: "from to [udh] coding text"
	bearerbox, smsbox *exec.Cmd
}

const configuration = `group = core
admin-port = %d
admin-password = unused
admin-interface = 127.0.0.1
smsbox-port = %d
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-level = 1

group = smsc
smsc = fake
smsc-id = fake
port = %d
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %d
sendsms-interface = 127.0.0.1
global-sender = 10690000
log-level = 1

group = sendsms-user
username = baosong
password = kannel-pass
max-messages = 10
concatenation = true

group = sms-service
keyword = default
text = "no"
`

func start(t *testing.T) *kannel {
	t.Helper()
	for _, p := range []string{"bearerbox", "smsbox", fakesmsc} {
		if _, err := exec.LookPath(p); err != nil {
			testneed.Missing(t, "Kannel ("+p+")", "apt-get install kannel kannel-extras")
		}
	}
	k := &kannel{t: t, folder: t.TempDir(), centre: port(t), sends: port(t)}
	file := filepath.Join(k.folder, "kannel.conf")
	boxes := port(t)
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, port(t), boxes, k.centre, k.sends), 0o600); err != nil {
		t.Fatal(err)
	}
	k.bearerbox = k.run("bearerbox", file)
	k.listening(boxes)
	k.smsbox = k.run("smsbox", file)
	// Not its port: smsbox listens before it is ready, and whoever speaks then makes it crash.
	k.wait("smsbox", func() bool {
		b, err := os.ReadFile(filepath.Join(k.folder, "smsbox.log"))
		if err != nil {
			k.t.Fatal(err)
		}
		return strings.Contains(string(b), "Connected to bearerbox at")
	})
	return k
}

// run starts a program of which the test's end takes nothing along but itself.
func (k *kannel) run(program string, args ...string) *exec.Cmd {
	k.t.Helper()
	log, err := os.Create(filepath.Join(k.folder, filepath.Base(program)+".log"))
	if err != nil {
		k.t.Fatal(err)
	}
	c := exec.Command(program, args...)
	c.Dir, c.Stdout, c.Stderr = k.folder, log, log
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
		_ = log.Close()
		if k.t.Failed() {
			b, _ := os.ReadFile(log.Name())
			k.t.Logf("%s:\n%s", program, b)
		}
	})
	return c
}

// connect starts the SMS centre, which calls Kannel. It lives as long as its standard input.
func (k *kannel) connect() {
	k.t.Helper()
	c := exec.Command(fakesmsc, "-H", "127.0.0.1", "-r", fmt.Sprint(k.centre), "-m", "0")
	stdin, err := c.StdinPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	out, err := c.StderrPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := got.FindStringSubmatch(lines.Text()); m != nil {
				k.mu.Lock()
				k.received = append(k.received, m[1])
				k.mu.Unlock()
			}
		}
	}()
	k.t.Cleanup(func() {
		_ = stdin.Close()
		_ = c.Process.Kill()
		<-read
		_ = c.Wait()
	})
}

var got = regexp.MustCompile(`Got message \d+: <(.*)>$`)

func (k *kannel) listening(port int) {
	k.t.Helper()
	k.wait("a program at its port", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (k *kannel) wait(what string, until func() bool) {
	k.t.Helper()
	for end := time.Now().Add(12 * time.Second); !until(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.t.Fatalf("waited in vain for %s; the centre has %q", what, k.received)
		}
	}
}

func port(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// texts returns the messages that the centre received for a number, put together from their
// parts, and how many parts there were.
func (k *kannel) texts(phone string) (texts []string, parts int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	long := map[byte][]string{} // parts by reference of the concatenation
	for _, line := range k.received {
		f := strings.Fields(line)
		if len(f) < 4 || f[1] != phone {
			continue
		}
		parts++
		payload, err := url.QueryUnescape(f[len(f)-1])
		if err != nil {
			k.t.Fatal(err)
		}
		b := []byte(payload)
		if f[2] == "ucs-2" {
			texts = append(texts, decode(b))
			continue
		}
		udh, err := url.QueryUnescape(f[3]) // 05 00 03 reference total number
		if f[2] != "udh" || err != nil || len(udh) != 6 || udh[:3] != "\x05\x00\x03" || len(b) > 134 {
			k.t.Fatalf("a part that is none: %s (%s, %d bytes)", line, hex.EncodeToString([]byte(udh)), len(b))
		}
		all := long[udh[3]]
		if all == nil {
			all = make([]string, udh[4])
		}
		all[udh[5]-1] = payload
		if long[udh[3]] = all; !slices.Contains(all, "") {
			texts = append(texts, decode([]byte(strings.Join(all, ""))))
		}
	}
	return texts, parts
}

// decode reads UTF-16 in network order.
func decode(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.BigEndian.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// settings are those for a Kannel: what README and config name as an example.
func settings(k *kannel, password, callback string) httpform.Settings {
	return httpform.Settings{
		URL: fmt.Sprintf("http://127.0.0.1:%d/cgi-bin/sendsms", k.sends) +
			"?username={username}&password={password}&to={phone}&text={text}&coding=2&charset=UTF-8&dlr-mask=31&dlr-url={callback}",
		Values:      map[string]string{"username": "baosong", "password": password},
		Statuses:    []int{202},
		Accepted:    `^(0: Accepted|3: Queued) for`,
		Rules:       []httpform.Rule{{Status: 403, Fault: notify.FaultConfig}, {Status: 400, Fault: notify.FaultMessage}, {Status: 503, Fault: notify.FaultTransient}},
		Callback:    callback + "?key={key}&ref={reference}&status=%d&at=%T",
		CallbackKey: "k3y",
		Receipts:    httpform.Receipts{Reference: "ref", Status: "status", Delivered: `^1$`, Failed: `^(2|16)$`, Time: "at"},
	}
}

func message(reference, phone, text string) notify.Rendered {
	return notify.Rendered{MessageID: reference, To: phone, Subject: "due",
		Body: sms.Message{Template: "due", Params: []string{"2"}, Signature: "泉州市民政局", Text: "【泉州市民政局】" + text}.Encode()}
}

// TestKannel: a message with its signature arrives character for character, a long one in three
// parts; what is sent before a centre is connected waits; receipts come back under our reference.
func TestKannel(t *testing.T) {
	k := start(t)
	var s *httpform.Sender
	var mu sync.Mutex
	receipts := map[string][]notify.Receipt{}
	calls := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rs, answer, err := s.Listen(r.URL.Query(), body)
		if err != nil {
			t.Error(err)
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		mu.Lock()
		for _, r := range rs {
			receipts[r.Reference] = append(receipts[r.Reference], r)
		}
		mu.Unlock()
		w.Write(answer)
	}))
	defer calls.Close()
	s, err := httpform.New(settings(k, "kannel-pass", calls.URL+"/receipts"))
	if err != nil {
		t.Fatal(err)
	}

	const early, short = "您单位有2项报表待报，最近一项线索登记表于6月25日24:00截止，请登录报送系统办理，如已报送请忽略。", "百分号%d、加号+、与号&、引号\"、生僻字𠮷。"
	long := strings.Repeat("您单位有2项报表待报，请登录报送系统办理。", 8)
	if n := sms.Parts("【泉州市民政局】" + long); n != 3 {
		t.Fatalf("the long message has %d parts", n)
	}
	a, err := s.Send(t.Context(), message("r1", "19900000001", early))
	if err != nil || !strings.Contains(a.Answer, "Queued") {
		t.Fatalf("before a centre is there: %+v, %v", a, err)
	}
	wrong, err := httpform.New(settings(k, "wrong-pass", calls.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Send(t.Context(), message("r0", "19900000009", early)); notify.Class(err) != notify.Deferred || notify.FaultOf(err) != notify.FaultConfig || strings.Contains(err.Error(), "wrong-pass") {
		t.Errorf("a wrong password: %v", err)
	}

	k.connect()
	k.wait("the message that waited", func() bool { texts, _ := k.texts("19900000001"); return len(texts) == 1 })
	for i, text := range []string{short, long} {
		if _, err := s.Send(t.Context(), message(fmt.Sprint("r", i+2), fmt.Sprint("1990000000", i+2), text)); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []struct {
		text  string
		parts int
	}{{early, 1}, {short, 1}, {long, 3}} {
		phone := fmt.Sprint("1990000000", i+1)
		k.wait("the message to "+phone, func() bool { texts, _ := k.texts(phone); return len(texts) > 0 })
		texts, parts := k.texts(phone)
		if len(texts) != 1 || texts[0] != "【泉州市民政局】"+want.text || parts != want.parts {
			t.Errorf("%d parts of %q", parts, texts)
		}
	}
	if texts, _ := k.texts("19900000009"); len(texts) != 0 {
		t.Errorf("with a wrong password came %q", texts)
	}

	k.wait("the receipts", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(receipts["r1"]) > 0 && len(receipts["r2"]) > 0 && len(receipts["r3"]) > 0
	})
	mu.Lock()
	defer mu.Unlock()
	for reference, rs := range receipts { // a message in three parts has three; any may come again
		for _, r := range rs {
			if r.State != notify.Delivered || r.BadNumber || time.Since(r.At) > time.Minute || !slices.Contains([]string{"r1", "r2", "r3"}, reference) {
				t.Errorf("%+v", r)
			}
		}
	}

	// A gateway that is down has taken nothing.
	if err := k.smsbox.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	k.wait("the end of smsbox", func() bool {
		_, err := s.Send(t.Context(), message("r4", "19900000004", early))
		if err != nil && notify.Class(err) != notify.Deferred && notify.Class(err) != notify.Unknown {
			t.Fatalf("%s, %v", notify.Class(err), err)
		}
		return err != nil && notify.Class(err) == notify.Deferred
	})
}

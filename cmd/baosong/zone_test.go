package main

import (
	"bytes"
	"testing"
)

// T22: neither the host's zone nor the lack of zone files changes what is planned.
func TestPlanIsTheSameWhateverTheHostsZone(t *testing.T) {
	plan := func(format string, env ...string) []byte {
		t.Helper()
		cmd := subprocess("plan", "--from", "2021-06-01", "--to", "2021-12-31", "--format", format)
		cmd.Env = append([]string{asProgram + "=1"}, env...)
		var out, said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v\n%s", env, err, said.Bytes())
		}
		return out.Bytes()
	}
	for _, format := range []string{"text", "json"} {
		want := plan(format, "TZ=Asia/Shanghai")
		if n := bytes.Count(want, []byte("\n")); n < 5 {
			t.Fatalf("only %d lines are planned", n)
		}
		for _, tz := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "No/Such_Zone"} {
			for _, zoneinfo := range []string{"", "ZONEINFO=/nowhere/zoneinfo.zip"} {
				if got := plan(format, "TZ="+tz, zoneinfo); !bytes.Equal(got, want) {
					t.Errorf("TZ=%s %s: the plan (%s) differs: %d bytes, want %d", tz, zoneinfo, format, len(got), len(want))
				}
			}
		}
	}
}

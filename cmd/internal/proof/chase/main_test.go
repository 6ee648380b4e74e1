package chase

import (
	"os"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asDaemon) != "" {
		os.Exit(child())
	}
	os.Exit(storetest.Main(m))
}

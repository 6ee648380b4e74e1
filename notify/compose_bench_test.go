package notify_test

import "testing"

func BenchmarkCompose(b *testing.B) {
	d := digest()
	for b.Loop() {
		if _, err := composer.Compose(d); err != nil {
			b.Fatal(err)
		}
	}
}

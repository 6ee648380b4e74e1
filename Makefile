# What can be done here: make help
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help build generate check test race soak fuzz screenshots bench fonts demo clean

export PATH := $(PATH):/usr/lib/postgresql/15/bin

VERSION ?= dev
FUZZTIME ?= 30s
PACKAGES := ./...
# -race costs modernc's SQLite a factor of six and half a minute of compiling: it runs on what is concurrent without a database, and on the rest in soak.
RACE := ./scheduler/clock ./notify/... ./forms/render/pdf

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  %-10s %s\n' "$$name" "$$what"; done

build: ## the binary, as bin/baosong
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/baosong ./cmd/baosong

generate: ## Go code from the *.templ pages (it is committed)
	find cmd forms notify -name '*.templ' -printf '%h\n' | sort -u | while read -r folder; do (cd "$$folder" && go tool templ generate); done

check: ## gofmt, generated code, go vet, staticcheck, known vulnerabilities
	.ci/check

test: ## everything, nothing skipped: tests, race detector, checks (≤ 15 minutes); as root on Debian installs what it needs
	.ci/needs
	BAOSONG_TEST_ALL=1 go run ./cmd/internal/testrun -timeout 10m $(PACKAGES)
	$(MAKE) --no-print-directory race check

race: ## the concurrent packages under the race detector
	CGO_ENABLED=1 go run ./cmd/internal/testrun -race -timeout 5m $(RACE)

soak: ## the proofs of the chase at the counts of a release, with their figures; property tests at fifty times the counts; everything under the race detector; bounded to four hours
	.ci/needs
	BAOSONG_SOAK=1 BAOSONG_TEST_ALL=1 timeout 2h go test -count=1 -v -timeout 110m ./cmd/internal/proof/chase | grep -E '^ +[a-z_]+_test\.go:[0-9]+: |^ *--- |^(ok|FAIL|panic)'
	BAOSONG_SOAK=1 BAOSONG_TEST_ALL=1 timeout 30m go run ./cmd/internal/testrun -count=1 -timeout 25m ./notify/...
	properties=$$(go list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' $(PACKAGES) | sed -n 's/ .*pgregory.net.rapid.*//p'); \
	BAOSONG_TEST_ALL=1 timeout 1h go run ./cmd/internal/testrun -count=1 -timeout 50m $$properties -rapid.checks=5000
	BAOSONG_TEST_ALL=1 CGO_ENABLED=1 timeout 1h go run ./cmd/internal/testrun -race -timeout 50m $(PACKAGES)

fuzz: ## every fuzz target for half a minute (FUZZTIME=30s)
	for at in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$at/*_test.go); do \
			echo "$$at $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$at; \
		done; \
	done

screenshots: ## the pictures of the README, made by the browser test
	go test -count=1 -run FiveSteps ./cmd/baosong -args -screenshots $(CURDIR)/docs/screenshots

bench: ## benchmarks; figures are looked at, never asserted
	go test -run '^$$' -bench . -benchmem $(PACKAGES)

fonts: ## where the fonts come from and how the subset is made again
	@echo 'origin, licence and recipe of the subset: forms/render/pdf/fonts (README.md, subset.py, OFL.txt)'

demo: ## the Quanzhou campaign of 2021 in a browser, on a virtual clock
	go run ./cmd/baosong demo

clean: ## removes what building left behind
	rm -rf bin out

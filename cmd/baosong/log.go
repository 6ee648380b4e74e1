package main

import (
	"log/slog"
	"os"
)

// logger writes structured lines to standard error.
func logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

//go:build !linux

package storetest

import "syscall"

// dieWithParent exists on Linux only; elsewhere a killed test leaves its server running.
func dieWithParent(a *syscall.SysProcAttr) *syscall.SysProcAttr { return a }

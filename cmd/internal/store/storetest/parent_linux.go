package storetest

import "syscall"

// dieWithParent has the kernel stop the server when the test process dies, however it dies.
func dieWithParent(a *syscall.SysProcAttr) *syscall.SysProcAttr {
	b := *a
	b.Pdeathsig = syscall.SIGQUIT
	return &b
}

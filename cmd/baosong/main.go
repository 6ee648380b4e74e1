// Command baosong holds the calendar of reporting obligations, chases the units that owe a
// return, serves the forms and compiles the roll-ups. `baosong help` lists what it can do.
//
// Its rules of speech: what was asked for goes to standard output; everything else, one line a
// fact, to standard error, beginning "baosong: ", with what to do next on the line after.
// Exit status: 0 done, 1 it failed, 2 the call was wrong, 3 a check found problems.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(program(os.Args[1:])) }

// program runs a call until it is done or the process is told to stop, and returns its exit
// status.
func program(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, args)
}

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitCheck  = 3
	exitAgain  = 75 // EX_TEMPFAIL of sysexits(3), which mail systems know
)

// checkFailed is returned by a command whose check found problems; they are already printed.
var errCheck = errors.New("problems found")

// usageError is a call that cannot be carried out as written.
type usageError struct{ error }

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errCheck):
		return exitCheck
	case errors.As(err, new(tryAgain)):
		fmt.Fprintf(os.Stderr, "baosong: %v\n", err)
		return exitAgain
	case errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "required flag"):
		fmt.Fprintf(os.Stderr, "baosong: %v\n         `baosong help` lists the commands, `baosong help COMMAND` their flags.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "baosong: %v\n", err)
		return exitFailed
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "baosong",
		Short: "报送: reporting obligations held, chased, filled in and compiled",
		Long: `baosong 报送 holds the calendar of reporting obligations that directives impose,
chases the units that owe a return by e-mail and SMS, serves the forms, and compiles
the roll-ups as PDF and xlsx.

To see it work: baosong demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newDemo(), newSimulate(), newPlan(), newCheck(), newRender(), newPreview(), newServe(), newApply(), newDecide(), newOccasion(), newDelegate(), newDuty(), newUnit(), newConfig(), newPerson(), newWorkdays(), newReleaseHold(), newExplain(), newAlive(), newBounce(), newVersion())
	for _, c := range root.Commands() {
		wrapArgs(c)
	}
	return root
}

// wrapArgs makes wrong arguments a usage error, as wrong flags are.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

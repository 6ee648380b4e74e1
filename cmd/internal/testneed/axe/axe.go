// Package axe runs the axe-core accessibility rules (https://github.com/dequelabs/axe-core,
// version 4.14.1, Mozilla Public License 2.0, unchanged, see LICENSE) on the page that a
// browser under test shows.
//
// Its one rule: what axe calls a violation fails the test, with the rule and the elements
// named. It is for tests only and is part of no program.
package axe

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed axe.min.js
var source string

// run is given to the page after axe itself. WCAG 2.2 to level AA and axe's own good practices.
const run = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	rules: { "target-size": { enabled: true } },
	resultTypes: ["violations"]
}).then(function (r) {
	return r.violations.map(function (v) {
		return v.id + " (" + v.impact + "): " + v.help + "\n" + v.nodes.slice(0, 4).map(function (n) { return "    " + n.html.slice(0, 200); }).join("\n");
	});
})`

// Clean fails the test for each rule that the page shown in the browser of ctx violates. name
// says which page and state it is.
func Clean(ctx context.Context, t testing.TB, name string) {
	t.Helper()
	var loaded bool
	var found []string
	err := chromedp.Run(ctx,
		chromedp.Evaluate(`typeof axe !== "undefined"`, &loaded),
		chromedp.ActionFunc(func(ctx context.Context) error {
			if loaded {
				return nil
			}
			// Given through the debugger, the script is not subject to the page's policy.
			return chromedp.Evaluate(source+";true", nil).Do(ctx)
		}),
		chromedp.Evaluate(run, &found, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	if err != nil {
		t.Fatalf("axe on %s: %v", name, err)
	}
	if len(found) > 0 {
		t.Error(fmt.Sprintf("axe on %s:\n", name) + strings.Join(found, "\n"))
	}
}

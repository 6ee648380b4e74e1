package web

import (
	"fmt"
	"net/http"

	"github.com/baosong/baosong/cmd/internal/access"
)

// route is one address: who may call it and what answers.
type route struct {
	method, path string
	who          access.Rule
	do           func(*visit) error
}

// The paths of one duty, one roll and one compiled form.
const (
	dutyPath    = "/duty/{directive}/{obligation}/{period}/{unit}"
	boardPath   = "/board/{directive}/{obligation}/{period}"
	formPath    = "/{directive}/{obligation}/{period}/{form}"
	editionPath = "/edition" + formPath + "/{to}/{number}"
)

// routes is every address there is, with who may call it. Which duties a person sees behind
// an address is decided by the store.
func (s *Server) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/{$}", access.Public, (*visit).home},
		{get, "/sign-in", access.Public, (*visit).signInPage},
		{post, "/sign-in", access.Public, (*visit).signIn},
		{post, "/sign-out", access.Public, (*visit).signOut},
		{get, "/static/{file}", access.Public, (*visit).static},
		{get, "/healthz", access.Public, (*visit).health},
		{get, receiptPath, access.Public, (*visit).takeReceipts},
		{post, receiptPath, access.Public, (*visit).takeReceipts},

		{get, dutyPath, access.SignedIn, (*visit).duty},
		{get, dutyPath + "/fill", access.Clerk, (*visit).fillPage},
		{post, dutyPath + "/fill", access.Clerk, (*visit).fill},
		{get, dutyPath + "/zero", access.Clerk, (*visit).zeroPage},
		{post, dutyPath + "/zero", access.Clerk, (*visit).zero},
		{post, dutyPath + "/withdraw", access.Clerk, (*visit).withdraw},
		{post, dutyPath + "/from-edition", access.Clerk, (*visit).fromEdition},
		{post, dutyPath + "/stamp", access.Clerk, (*visit).takeStamp},
		{post, dutyPath + "/waive", access.Reviewer, (*visit).waive},
		{get, dutyPath + "/file/{hash}", access.SignedIn, (*visit).file},
		{get, dutyPath + "/excel", access.Clerk, (*visit).excelPage},
		{post, dutyPath + "/excel", access.Clerk, (*visit).excel},
		{get, dutyPath + "/excel/{file}", access.SignedIn, (*visit).excelTemplate},
		{get, dutyPath + "/delegate", access.Clerk, (*visit).delegatePage},
		{post, dutyPath + "/delegate", access.Clerk, (*visit).delegate},
		{get, dutyPath + "/receipt", access.SignedIn, (*visit).receipt},
		{get, dutyPath + "/return/{version}/{file}", access.SignedIn, (*visit).returnFile},
		{post, dutyPath + "/accept", access.Reviewer, (*visit).accept},
		{post, dutyPath + "/return", access.Reviewer, (*visit).sendBack},
		{post, dutyPath + "/reopen", access.Reviewer, (*visit).reopen},

		{get, "/calendar", access.SignedIn, (*visit).calendar},
		{get, "/calendar/feed", access.SignedIn, (*visit).feedPage},
		{post, "/calendar/feed", access.SignedIn, (*visit).changeFeed},
		{get, feedFolder + "{feed}", access.Public, (*visit).feed},

		{get, "/board", access.Reviewer, (*visit).board},
		{get, boardPath, access.Reviewer, (*visit).roll},
		{post, boardPath + "/accept", access.Reviewer, (*visit).acceptMany},
		{get, "/own" + formPath, access.Reviewer, (*visit).ownPage},
		{post, "/own" + formPath, access.Reviewer, (*visit).own},
		{post, "/edition" + formPath, access.Reviewer, (*visit).compile},
		{get, editionPath, access.Reviewer, (*visit).edition},
		{get, editionPath + "/{file}", access.Reviewer, (*visit).editionFile},
		{get, editionPath + "/figure/{line}/{field}", access.Reviewer, (*visit).figurePage},
		{get, "/adjust" + formPath, access.Reviewer, (*visit).adjustPage},
		{post, "/adjust" + formPath, access.Reviewer, (*visit).adjust},

		{get, baselinePath, access.Reviewer, (*visit).baselinePage},
		{post, baselinePath, access.Reviewer, (*visit).baseline},
		{get, baselinePath + "/{file}", access.Reviewer, (*visit).baselineTemplate},

		{get, dutyPath + "/why", access.SignedIn, (*visit).dutyWhy},
		{get, whyPath, access.SignedIn, (*visit).why},
		{get, whyPath + "/{id}", access.SignedIn, (*visit).why},
		{get, reachPath, access.Reviewer, (*visit).reach},
		{get, reachPath + "/contacts.txt", access.Reviewer, (*visit).reachText},
		{get, checkPath, access.Reviewer, (*visit).checkPage},
		{post, checkPath, access.Reviewer, (*visit).startCheck},
		{get, checkPath + "/{check}", access.Reviewer, (*visit).checkResult},
		{get, confirmPath, access.SignedIn, (*visit).confirmPage},
		{post, confirmPath, access.SignedIn, (*visit).confirm},
		{get, rosterPath, access.SignedIn, (*visit).rosterPage},
		{post, rosterPath, access.SignedIn, (*visit).changeRoster},

		{get, chasePath, access.Reviewer, (*visit).chase},
		{get, nudgePath, access.Reviewer, (*visit).nudgePage},
		{post, nudgePath, access.Reviewer, (*visit).nudge},
		{get, callPath, access.Reviewer, (*visit).callPage},
		{post, callPath, access.Reviewer, (*visit).call},
		{get, lettersPath, access.Reviewer, (*visit).letters},
		{post, lettersPath, access.Reviewer, (*visit).draftLetter},
		{get, letterPath, access.Reviewer, (*visit).letterPage},
		{post, letterPath, access.Reviewer, (*visit).letter},
		{get, letterPath + "/pdf", access.Reviewer, (*visit).letterFile},
		{get, logPath, access.Reviewer, (*visit).chaseLog},

		{get, newFormPath, access.Reviewer, (*visit).newFormPage},
		{post, newFormPath, access.Reviewer, (*visit).newForm},
		{get, madePath, access.Reviewer, (*visit).made},
		{get, madeFormPath, access.Reviewer, (*visit).changeMade},
		{post, madeFormPath, access.Reviewer, (*visit).changeMade},

		{get, "/demo", access.DemoOnly, (*visit).demoStart},
		{post, "/demo/step", access.DemoOnly, (*visit).demoStep},
		{post, "/demo/clock", access.DemoOnly, (*visit).demoClock},
		{get, "/demo/inbox", access.DemoOnly, (*visit).demoInbox},
		{get, "/demo/inbox/{id}", access.DemoOnly, (*visit).demoLetter},
		{get, "/demo/inbox/{id}/html", access.DemoOnly, (*visit).demoLetterHTML},
		{get, "/demo/people", access.DemoOnly, (*visit).demoPeople},
		{post, "/demo/people", access.DemoOnly, (*visit).demoSignIn},
	}
}

// checkRoutes refuses a table in which a route does not declare who may call it.
func checkRoutes(routes []route) error {
	for _, rt := range routes {
		if !rt.who.Declared() {
			return fmt.Errorf("web: route %s %s does not declare who may call it", rt.method, rt.path)
		}
	}
	return nil
}

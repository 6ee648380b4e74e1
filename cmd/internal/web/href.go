package web

import (
	"net/url"
	"strings"
)

// href is the address of what the ids lead to. Each id is one segment of the path: the period
// of a quota holds a #, which would otherwise end the address ("2021-W24#1").
func href(root string, ids ...string) string {
	for _, id := range ids {
		root += "/" + url.PathEscape(id)
	}
	return root
}

// dutyHref is the page of a duty, by its id.
func dutyHref(id string) string { return href("/duty", strings.Split(id, "/")...) }

// editionHref is the page of an edition, by its id.
func editionHref(id string) string { return href("/edition", strings.Split(id, "/")...) }

// Package catalogue embeds the catalogue that baosong is built with: directives with their
// forms and figures handed down, units and working days, as YAML (scheduler.Load reads it).
//
// Its one rule: what is here was typed from the official document, as issued, misprints
// included; a reading or a doubt is a note beside it. It is data without code.
package catalogue

import "embed"

// FS holds units.yaml and units/*.yaml, workdays/YEAR.yaml, and for each directive a folder
// with directive.yaml, forms/*.yaml and baselines/*.yaml.
//
//go:embed units* workdays/*.yaml
//go:embed */directive.yaml */forms/*.yaml */baselines/*.yaml
var FS embed.FS

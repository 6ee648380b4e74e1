package app

import (
	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
)

// Formats lists the files a return or an edition can be downloaded as. A new format is one
// line here.
func Formats() []web.Format {
	return []web.Format{
		{Ext: "pdf", MediaType: "application/pdf", Encode: pdf.Encode},
		{Ext: "xlsx", MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Encode: xlsx.Encode},
	}
}

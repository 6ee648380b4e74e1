package app

import (
	"io"

	"github.com/baosong/baosong/cmd/internal/web"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
)

// Faces reads the operator's font files. Its error names the file and what is wrong with it.
func Faces(f config.Fonts) (*pdf.Faces, error) {
	return pdf.LoadFaces(pdf.FacePaths{Body: f.FangSong, Title: f.XiaoBiaoSong, Kai: f.KaiTi, Hei: f.HeiTi, Fallbacks: f.Fallbacks})
}

// Letters draws official letters with the given faces; nil means the shipped ones.
func Letters(faces *pdf.Faces) func(io.Writer, render.Letter) error {
	return pdf.Encoder{Faces: faces}.EncodeLetter
}

// Formats lists the files a return or an edition can be downloaded as, drawn with the given
// faces; nil means the shipped ones. A new format is one line here.
func Formats(faces *pdf.Faces) []web.Format {
	return []web.Format{
		{Ext: "pdf", MediaType: "application/pdf", Encode: pdf.Encoder{Faces: faces}.Encode},
		{Ext: "xlsx", MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Encode: xlsx.Encode},
	}
}

package smstest

import (
	"encoding/json"
	"net/http"
	"path"

	"github.com/baosong/baosong/notify/sms/gateway"
)

// Gateway is the wire of package gateway: sendings are POSTs, questions by reference GETs.
func Gateway() Wire {
	return Wire{
		Read: func(r *http.Request, body []byte) (Taken, bool, error) {
			if r.Method != http.MethodPost {
				return Taken{}, false, nil
			}
			var q gateway.Request
			err := json.Unmarshal(body, &q)
			return Taken{Reference: q.Reference, Phone: q.Phone, Text: q.Text, Template: q.Template, Params: q.Params}, true, err
		},
		Accept: func(t Taken) []byte { return encode(gateway.Answer{ID: t.ID, Status: gateway.Accepted}) },
		Refuse: func(Taken) []byte {
			return encode(gateway.Answer{Status: gateway.Refused, Fault: "recipient", Reason: "空号"})
		},
		Ask: func(r *http.Request, _ []byte, taken []Taken) (int, []byte) {
			for _, t := range taken {
				if t.Reference == path.Base(r.URL.Path) {
					return http.StatusOK, encode(gateway.Answer{ID: t.ID, Status: gateway.Accepted})
				}
			}
			return http.StatusNotFound, nil
		},
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("smstest: strings do not fail to encode: " + err.Error())
	}
	return b
}

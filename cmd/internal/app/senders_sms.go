package app

import (
	"fmt"
	"strings"

	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/notify/sms/aliyun"
	"github.com/baosong/baosong/notify/sms/drop"
	"github.com/baosong/baosong/notify/sms/gateway"
	"github.com/baosong/baosong/notify/sms/httpform"
	"github.com/baosong/baosong/notify/sms/tencent"
)

// smsCarriers builds the carriers of text messages that the settings name, in their order. key is
// what they have to bring with receipts.
func smsCarriers(cfg config.SMS, key string) ([]notify.Carrier, error) {
	build := map[string]func() (notify.Sender, notify.Budget, error){
		config.CarrierGateway: func() (notify.Sender, notify.Budget, error) {
			x := cfg.Gateway
			s, err := gateway.New(gateway.Settings{URL: x.URL, Token: x.Token.Reveal(), Username: x.User, Password: x.Password.Reveal(), CallbackKey: key})
			return s, notify.Budget{PerDay: x.PerDay, Per24h: x.Per24h}, err
		},
		config.CarrierHTTP: func() (notify.Sender, notify.Budget, error) {
			s, err := httpform.New(formSettings(cfg, key))
			return s, notify.Budget{PerDay: cfg.HTTP.PerDay, Per24h: cfg.HTTP.Per24h}, err
		},
		config.CarrierAliyun: func() (notify.Sender, notify.Budget, error) {
			x := cfg.Aliyun
			s, err := aliyun.New(aliyun.Settings{URL: x.URL, KeyID: x.KeyID, KeySecret: x.KeySecret.Reveal(), Templates: aliyunTemplates(x.Templates), CallbackKey: key})
			return s, notify.Budget{PerDay: x.PerDay, Per24h: x.Per24h}, err
		},
		config.CarrierTencent: func() (notify.Sender, notify.Budget, error) {
			x := cfg.Tencent
			s, err := tencent.New(tencent.Settings{URL: x.URL, Region: x.Region, SecretID: x.SecretID, SecretKey: x.SecretKey.Reveal(), AppID: x.AppID,
				Templates: x.Templates, CallbackKey: key})
			return s, notify.Budget{PerDay: x.PerDay, Per24h: x.Per24h}, err
		},
		config.CarrierFile: func() (notify.Sender, notify.Budget, error) {
			s, err := drop.New(cfg.File.Dir)
			return s, notify.Budget{PerDay: cfg.File.PerDay, Per24h: cfg.File.Per24h}, err
		},
	}
	var out []notify.Carrier
	for _, name := range cfg.Carriers {
		open, ok := build[name]
		if !ok {
			return nil, fmt.Errorf("sms.carriers: %q is no carrier", name)
		}
		s, budget, err := open()
		if err != nil {
			return nil, fmt.Errorf("sms.%s: %w", name, err)
		}
		out = append(out, notify.Carrier{Name: name, Sender: s, Lanes: smsLanes, Budget: budget})
	}
	return out, nil
}

// smsLanes is how many text messages are handed to one carrier at a time: far below what any of
// them takes a second.
const smsLanes = 4

// faults is the order in which patterns of errors are tried: what concerns one number before what
// concerns us all.
var faults = []notify.Fault{notify.FaultRecipient, notify.FaultNumberLimit, notify.FaultAccountLimit, notify.FaultConfig, notify.FaultMessage, notify.FaultTransient}

func formSettings(cfg config.SMS, key string) httpform.Settings {
	x := cfg.HTTP
	s := httpform.Settings{
		Method: x.Method, URL: x.URL, Body: x.Body, Media: x.Media, Headers: x.Headers, Charset: x.Charset, Templates: x.Templates,
		Values:   map[string]string{"user": x.User, "password": x.Password.Reveal()},
		Accepted: x.Accepted, Callback: x.Callback, CallbackKey: key,
		Receipts: httpform.Receipts{Reference: x.Receipt.Reference, Status: x.Receipt.Status, Delivered: x.Receipt.Delivered, Failed: x.Receipt.Failed,
			Reason: x.Receipt.Reason, Time: x.Receipt.Time, Answer: x.Receipt.Answer},
	}
	for _, f := range faults {
		if pattern := x.Errors[string(f)]; pattern != "" {
			s.Rules = append(s.Rules, httpform.Rule{Match: pattern, Fault: f})
		}
	}
	return s
}

// aliyunTemplates reads "SMS_123", or "SMS_123 count form due" where the approved template names its
// parameters otherwise than ours.
func aliyunTemplates(codes map[string]string) map[string]aliyun.Template {
	out := make(map[string]aliyun.Template, len(codes))
	for key, text := range codes {
		if words := strings.Fields(text); len(words) > 0 {
			out[key] = aliyun.Template{Code: words[0], Params: words[1:]}
		}
	}
	return out
}

// Templates lays an installation's approved texts over those baosong comes with.
func Templates(texts map[string]string) map[string]sms.Template {
	all := sms.Defaults()
	for key, text := range texts {
		t := all[key]
		t.Key, t.Text = key, text
		all[key] = t
	}
	return all
}

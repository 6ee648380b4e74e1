package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// SMS is how short messages go out. They are templates with parameters, never free text.
type SMS struct {
	// Carriers are the ways out by name (gateway, http, aliyun, tencent, file), in order of
	// preference: the next is used when one takes nothing. Empty: no SMS.
	Carriers  Names             `yaml:"carriers"`
	Signature string            `yaml:"signature"` // as filed with the carriers, without 【】
	Templates map[string]string `yaml:"templates"` // text by template key, as approved
	// Links are the addresses that may stand in a template's text: constant, and registered with the
	// carriers (ICP备案). None may ever stand in a parameter.
	Links Names `yaml:"links"`

	Gateway Gateway `yaml:"gateway"`
	HTTP    HTTP    `yaml:"http"`
	Aliyun  Aliyun  `yaml:"aliyun"`
	Tencent Tencent `yaml:"tencent"`
	File    Drop    `yaml:"file"`
}

// The carriers that Carriers may name.
const (
	CarrierGateway = "gateway"
	CarrierHTTP    = "http"
	CarrierAliyun  = "aliyun"
	CarrierTencent = "tencent"
	CarrierFile    = "file"
)

// Gateway is one that speaks baosong's own JSON.
type Gateway struct {
	URL      string `yaml:"url"`
	User     string `yaml:"user"`
	Password Secret `yaml:"password"`
	Token    Secret `yaml:"token"`   // in place of user and password
	PerDay   int    `yaml:"per_day"` // messages to one number in a calendar day; 0: no limit
	Per24h   int    `yaml:"per_24h"` // in any 24 hours
}

// HTTP is any other gateway with an HTTP interface: templates for the question, patterns (RE2) for
// the answer. What stands in templates and patterns is told in docs/sms.md.
type HTTP struct {
	Method    string            `yaml:"method"` // GET or POST; empty: POST with a body, else GET
	URL       string            `yaml:"url"`
	Body      string            `yaml:"body"`
	Media     string            `yaml:"media"` // of the body: application/json
	Headers   map[string]string `yaml:"headers"`
	Charset   string            `yaml:"charset"`   // empty: UTF-8
	User      string            `yaml:"user"`      // {user}
	Password  Secret            `yaml:"password"`  // {password}
	Templates map[string]string `yaml:"templates"` // what {template} stands for, by key
	Accepted  string            `yaml:"accepted"`  // of an answer that means it was taken; its group is the gateway's reference
	// Errors are patterns of answers by whose matter they are: recipient, number_limit, account_limit,
	// config, message, transient, in this order.
	Errors   map[string]string `yaml:"errors"`
	Callback string            `yaml:"callback"` // address the gateway is told to report to
	Receipt  Receipt           `yaml:"receipt"`
	PerDay   int               `yaml:"per_day"`
	Per24h   int               `yaml:"per_24h"`
}

// Receipt is how the gateway's reports are read: names of parameters, and patterns of statuses.
type Receipt struct {
	Reference string `yaml:"reference"`
	Status    string `yaml:"status"`
	Delivered string `yaml:"delivered"`
	Failed    string `yaml:"failed"`
	Reason    string `yaml:"reason"`
	Time      string `yaml:"time"`
	Answer    string `yaml:"answer"` // what the gateway wants to hear; empty: ok
}

// Aliyun is 阿里云短信服务.
type Aliyun struct {
	URL       string            `yaml:"url"` // empty: the public one
	KeyID     string            `yaml:"key_id"`
	KeySecret Secret            `yaml:"key_secret"`
	Templates map[string]string `yaml:"templates"` // template code by key: due: SMS_123
	PerDay    int               `yaml:"per_day"`
	Per24h    int               `yaml:"per_24h"`
}

// Tencent is 腾讯云短信.
type Tencent struct {
	URL       string            `yaml:"url"` // empty: the public one
	Region    string            `yaml:"region"`
	AppID     string            `yaml:"app_id"`
	SecretID  string            `yaml:"secret_id"`
	SecretKey Secret            `yaml:"secret_key"`
	Templates map[string]string `yaml:"templates"` // template id by key
	PerDay    int               `yaml:"per_day"`
	Per24h    int               `yaml:"per_24h"`
}

// Drop puts each message into a folder as a file, for whatever takes it further.
type Drop struct {
	Dir    string `yaml:"dir"`
	PerDay int    `yaml:"per_day"`
	Per24h int    `yaml:"per_24h"`
}

// Webhook takes digests to a bridge, signed as Standard Webhooks has it.
type Webhook struct {
	URL    string `yaml:"url"` // empty: none
	Secret Secret `yaml:"secret"`
	// FormerSecret signs as well while the receiver changes over.
	FormerSecret Secret `yaml:"former_secret"`
	// Inside are networks within the house in which the bridge may lie: 10.8.0.0/16. An address
	// inside is otherwise refused.
	Inside Names `yaml:"inside"`
}

// perDay is how many messages a number gets in a day unless the settings say otherwise: what carriers
// allow without being asked.
const perDay = 2

func defaultSMS() SMS {
	return SMS{
		Gateway: Gateway{PerDay: perDay}, HTTP: HTTP{PerDay: perDay}, File: Drop{PerDay: perDay},
		Aliyun: Aliyun{PerDay: perDay, Per24h: 50}, Tencent: Tencent{Region: "ap-guangzhou", PerDay: perDay},
	}
}

// needed is a key that must not be empty, and what to write there.
type needed struct{ path, value, what string }

func (c Config) checkSMS(complain complainer) {
	s := c.SMS
	if len(s.Carriers) == 0 {
		return
	}
	if s.Signature == "" || strings.ContainsAny(s.Signature, "【】") {
		complain("sms.signature", "%q is not a signature: write the name as filed with the carriers, without 【】", s.Signature)
	}
	wants := map[string][]needed{
		CarrierGateway: {{"sms.gateway.url", s.Gateway.URL, "its address, https://…"}},
		CarrierHTTP:    {{"sms.http.url", s.HTTP.URL, "its address, https://…"}},
		CarrierAliyun:  {{"sms.aliyun.key_id", s.Aliyun.KeyID, "the AccessKey ID"}, {"sms.aliyun.key_secret", s.Aliyun.KeySecret.Reveal(), "the AccessKey secret"}},
		CarrierTencent: {{"sms.tencent.secret_id", s.Tencent.SecretID, "the SecretId"}, {"sms.tencent.secret_key", s.Tencent.SecretKey.Reveal(), "the SecretKey"},
			{"sms.tencent.app_id", s.Tencent.AppID, "the SmsSdkAppId"}},
		CarrierFile: {{"sms.file.dir", s.File.Dir, "the folder for the files"}},
	}
	for i, name := range s.Carriers {
		if _, known := wants[name]; !known {
			complain("sms.carriers", "%q is no carrier: write some of gateway, http, aliyun, tencent, file, in order of preference", name)
		}
		if slices.Contains(s.Carriers[:i], name) {
			complain("sms.carriers", "%q stands there twice: keep one", name)
			continue
		}
		for _, n := range wants[name] {
			if n.value == "" {
				complain(n.path, "is needed by the carrier %s: give %s", name, n.what)
			}
		}
	}
	for _, a := range []struct{ path, address string }{
		{"sms.gateway.url", s.Gateway.URL}, {"sms.http.url", s.HTTP.URL}, {"sms.aliyun.url", s.Aliyun.URL}, {"sms.tencent.url", s.Tencent.URL},
	} {
		checkService(complain, a.path, a.address)
	}
	for _, b := range []struct {
		path string
		n    int
	}{
		{"sms.gateway.per_day", s.Gateway.PerDay}, {"sms.gateway.per_24h", s.Gateway.Per24h}, {"sms.http.per_day", s.HTTP.PerDay}, {"sms.http.per_24h", s.HTTP.Per24h},
		{"sms.aliyun.per_day", s.Aliyun.PerDay}, {"sms.aliyun.per_24h", s.Aliyun.Per24h}, {"sms.tencent.per_day", s.Tencent.PerDay}, {"sms.tencent.per_24h", s.Tencent.Per24h},
		{"sms.file.per_day", s.File.PerDay}, {"sms.file.per_24h", s.File.Per24h},
	} {
		if b.n < 0 {
			complain(b.path, "%d is no number of messages: write 0 for no limit, or how many a number may get", b.n)
		}
	}
}

// checkService looks at the address of a service that is told names and numbers.
func checkService(complain complainer, path, address string) {
	if address == "" {
		return
	}
	plain := strings.NewReplacer("{", "", "}", "").Replace(address) // placeholders
	if u, err := url.Parse(plain); err != nil || !webURL(plain) {
		complain(path, "is not the address of a service: write https://…")
	} else if u.Scheme == "http" && !loopback(u.Hostname()) {
		complain(path, "http would send telephone numbers and secrets in the clear to %s: write https", u.Hostname())
	}
}

func (c Config) checkWebhook(complain complainer) {
	if c.Webhook.URL == "" {
		return
	}
	checkService(complain, "webhook.url", c.Webhook.URL)
	for _, n := range c.Webhook.Inside {
		if _, err := netip.ParsePrefix(n); err != nil {
			complain("webhook.inside", "%q is not a network: write it as 10.8.0.0/16", n)
		}
	}
	if c.Webhook.Secret.Reveal() == "" {
		complain("webhook.secret", "is needed for the webhook: give the secret its receiver checks signatures with, whsec_…")
	}
}

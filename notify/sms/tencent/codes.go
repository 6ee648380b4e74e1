package tencent

import (
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/internal/exchange"
)

// codes is what the service's refusals mean: cloud.tencent.com/document/api/382/59177 and, of all
// its services, …/document/api/382/52075. The classing is ours.
var codes = map[string]exchange.Verdict{
	// Behind the service something timed out or failed, and nobody says how far the message had come.
	"InternalError":                 {Lost: true},
	"InternalError.Timeout":         {Lost: true},
	"InternalError.SendAndRecvFail": {Lost: true},
	"InternalError.OtherError":      {Lost: true},
	"InternalError.UnknownError":    {Lost: true},

	"InternalError.RequestTimeException": {Fault: notify.FaultTransient}, // a clock is wrong
	"AuthFailure.SignatureExpire":        {Fault: notify.FaultTransient}, // the same
	"RequestLimitExceeded":               {Fault: notify.FaultTransient},

	"LimitExceeded.PhoneNumberThirtySecondLimit":     {Fault: notify.FaultNumberLimit, Wait: 30 * time.Second},
	"LimitExceeded.PhoneNumberOneHourLimit":          {Fault: notify.FaultNumberLimit, Wait: time.Hour},
	"LimitExceeded.PhoneNumberDailyLimit":            {Fault: notify.FaultNumberLimit}, // the next morning
	"LimitExceeded.PhoneNumberSameContentDailyLimit": {Fault: notify.FaultNumberLimit},
	"LimitExceeded.DeliveryFrequencyLimit":           {Fault: notify.FaultNumberLimit},

	"LimitExceeded.AppDailyLimit":                      {Fault: notify.FaultAccountLimit},
	"LimitExceeded.AppMainlandChinaDailyLimit":         {Fault: notify.FaultAccountLimit},
	"LimitExceeded.DailyLimit":                         {Fault: notify.FaultAccountLimit},
	"FailedOperation.InsufficientBalanceInSmsPackage":  {Fault: notify.FaultAccountLimit},
	"UnauthorizedOperation.SerivceSuspendDueToArrears": {Fault: notify.FaultAccountLimit}, // the service spells it so

	"FailedOperation.SignatureIncorrectOrUnapproved":                 {Fault: notify.FaultConfig},
	"FailedOperation.TemplateIncorrectOrUnapproved":                  {Fault: notify.FaultConfig},
	"FailedOperation.TemplateUnapprovedOrNotExist":                   {Fault: notify.FaultConfig},
	"FailedOperation.TemplateParamSetNotMatchApprovedTemplate":       {Fault: notify.FaultConfig},
	"FailedOperation.MarketingSendTimeConstraint":                    {Fault: notify.FaultConfig}, // the template is approved as advertising
	"FailedOperation.FailResolvePacket":                              {Fault: notify.FaultConfig},
	"FailedOperation.JsonParseFail":                                  {Fault: notify.FaultConfig},
	"InternalError.JsonParseFail":                                    {Fault: notify.FaultConfig},
	"InternalError.RestApiInterfaceNotExist":                         {Fault: notify.FaultConfig},
	"InternalError.SigFieldMissing":                                  {Fault: notify.FaultConfig},
	"InternalError.SigVerificationFail":                              {Fault: notify.FaultConfig},
	"InvalidParameter.AppidAndBizId":                                 {Fault: notify.FaultConfig},
	"InvalidParameterValue.SdkAppIdNotExist":                         {Fault: notify.FaultConfig},
	"InvalidParameterValue.TemplateParameterFormatError":             {Fault: notify.FaultConfig}, // the template is approved for codes
	"UnauthorizedOperation.RequestPermissionDeny":                    {Fault: notify.FaultConfig},
	"UnauthorizedOperation.RequestIpNotInWhitelist":                  {Fault: notify.FaultConfig},
	"UnauthorizedOperation.SdkAppIdIsDisabled":                       {Fault: notify.FaultConfig},
	"UnauthorizedOperation.SmsSdkAppIdVerifyFail":                    {Fault: notify.FaultConfig},
	"UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny": {Fault: notify.FaultConfig},
	"UnsupportedOperation.UnsuportedRegion":                          {Fault: notify.FaultConfig}, // and so

	"FailedOperation.ContainSensitiveWord":                      {Fault: notify.FaultMessage},
	"InvalidParameter.DirtyWordFound":                           {Fault: notify.FaultMessage},
	"InvalidParameterValue.ContentLengthLimit":                  {Fault: notify.FaultMessage},
	"InvalidParameterValue.TemplateParameterLengthLimit":        {Fault: notify.FaultMessage}, // 1036
	"InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": {Fault: notify.FaultMessage}, // 1048

	"InvalidParameterValue.IncorrectPhoneNumber": {Fault: notify.FaultRecipient},
	"FailedOperation.PhoneNumberInBlacklist":     {Fault: notify.FaultRecipient},
}

// families are codes that come with many endings.
var families = []struct {
	prefix string
	exchange.Verdict
}{
	{"RequestLimitExceeded.", exchange.Verdict{Fault: notify.FaultTransient}},
	{"AuthFailure", exchange.Verdict{Fault: notify.FaultConfig}},
	{"InternalError.", exchange.Verdict{Lost: true}},
	{"UnauthorizedOperation", exchange.Verdict{Fault: notify.FaultConfig}},
	{"MissingParameter", exchange.Verdict{Fault: notify.FaultConfig}},
	{"Ip", exchange.Verdict{Fault: notify.FaultConfig}}, // IpInBlacklist, IpNotInWhitelist
}

// verdict looks a refusal up. One that is in no table is transient: the service said no, nobody
// knows why.
func verdict(code string) exchange.Verdict {
	if v, ok := codes[code]; ok {
		return v
	}
	for _, f := range families {
		if strings.HasPrefix(code, f.prefix) {
			return f.Verdict
		}
	}
	return exchange.Verdict{Fault: notify.FaultTransient}
}

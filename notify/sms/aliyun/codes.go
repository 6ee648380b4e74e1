package aliyun

import (
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/internal/exchange"
)

// codes is what the service's refusals mean: help.aliyun.com/document_detail/101346.html, and for
// those without a prefix the common ones of all its services. The classing is ours.
var codes = map[string]exchange.Verdict{
	// Behind the service something failed, and nobody says how far the message had come.
	"isp.SYSTEM_ERROR": {Lost: true},
	"InternalError":    {Lost: true},

	"ServiceUnavailable":       {Fault: notify.FaultTransient},
	"SignatureNonceUsed":       {Fault: notify.FaultTransient},
	"InvalidTimeStamp.Expired": {Fault: notify.FaultTransient}, // a clock is wrong, ours or theirs
	"isv.QPS_LIMIT_CONTROL":    {Fault: notify.FaultTransient},

	"isv.BUSINESS_LIMIT_CONTROL": {Fault: notify.FaultNumberLimit}, // see verdict

	"isv.DAY_LIMIT_CONTROL":   {Fault: notify.FaultAccountLimit},
	"isv.MONTH_LIMIT_CONTROL": {Fault: notify.FaultAccountLimit},
	"isv.OUT_OF_SERVICE":      {Fault: notify.FaultAccountLimit},
	"isv.AMOUNT_NOT_ENOUGH":   {Fault: notify.FaultAccountLimit},

	"isv.SMS_SIGNATURE_ILLEGAL":         {Fault: notify.FaultConfig},
	"isv.SMS_SIGN_ILLEGAL":              {Fault: notify.FaultConfig},
	"isv.SIGN_STATE_ILLEGAL":            {Fault: notify.FaultConfig},
	"isv.SIGN_NAME_ILLEGAL":             {Fault: notify.FaultConfig},
	"isv.SMS_SIGNATURE_SCENE_ILLEGAL":   {Fault: notify.FaultConfig},
	"isv.SMS_TEMPLATE_ILLEGAL":          {Fault: notify.FaultConfig},
	"isv.TEMPLATE_MISSING_PARAMETERS":   {Fault: notify.FaultConfig},
	"isv.TEMPLATE_PARAMS_ILLEGAL":       {Fault: notify.FaultConfig},
	"isv.INVALID_PARAMETERS":            {Fault: notify.FaultConfig},
	"isv.INVALID_JSON_PARAM":            {Fault: notify.FaultConfig},
	"isv.EXTEND_CODE_ERROR":             {Fault: notify.FaultConfig},
	"isv.DOMESTIC_NUMBER_NOT_SUPPORTED": {Fault: notify.FaultConfig},
	"isv.PRODUCT_UN_SUBSCRIPT":          {Fault: notify.FaultConfig},
	"isv.PRODUCT_UNSUBSCRIBE":           {Fault: notify.FaultConfig},
	"isv.ACCOUNT_NOT_EXISTS":            {Fault: notify.FaultConfig},
	"isv.ACCOUNT_ABNORMAL":              {Fault: notify.FaultConfig},
	"isp.RAM_PERMISSION_DENY":           {Fault: notify.FaultConfig},
	"isv.DENY_IP_RANGE":                 {Fault: notify.FaultConfig},
	"SignatureDoesNotMatch":             {Fault: notify.FaultConfig},
	"IncompleteSignature":               {Fault: notify.FaultConfig},
	"InvalidAccessKeyId.NotFound":       {Fault: notify.FaultConfig},
	"InvalidAccessKeyId.Inactive":       {Fault: notify.FaultConfig},
	"Forbidden.RAM":                     {Fault: notify.FaultConfig},

	"isv.SMS_CONTENT_ILLEGAL":     {Fault: notify.FaultMessage},
	"isv.BLACK_KEY_CONTROL_LIMIT": {Fault: notify.FaultMessage},
	"isv.PARAM_LENGTH_LIMIT":      {Fault: notify.FaultMessage},
	"isv.PARAM_NOT_SUPPORT_URL":   {Fault: notify.FaultMessage},

	"isv.MOBILE_NUMBER_ILLEGAL":   {Fault: notify.FaultRecipient},
	"isv.MOBILE_COUNT_OVER_LIMIT": {Fault: notify.FaultMessage},
}

// verdict looks a refusal up. The limit on a number says only in words which one it is
// ("触发小时级流控Permits:5"); without them, and of the daily one, the next morning will do. A code
// that is not in the table is transient and not known: the service said no, nobody knows why.
func verdict(code, message string) (exchange.Verdict, bool) {
	if strings.HasPrefix(code, "Throttling") {
		return exchange.Verdict{Fault: notify.FaultTransient}, true
	}
	v, known := codes[code]
	if v.Fault == notify.FaultNumberLimit {
		switch {
		case strings.Contains(message, "分钟级"):
			v.Wait = time.Minute
		case strings.Contains(message, "小时级"):
			v.Wait = time.Hour
		}
	}
	return v, known
}

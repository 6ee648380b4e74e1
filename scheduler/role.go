package scheduler

// Role is as whom somebody is told: what they are in the unit that owes, or in the one above.
type Role string

// The roles of a ladder. Their names are those of the roles people hold; a deputy holds the
// clerk's with a mark.
const (
	ToClerk    Role = "clerk"    // 填报员
	ToDeputy   Role = "deputy"   // B岗
	ToApprover Role = "approver" // 单位审核人: while the return waits for their signature (待签批)
	ToLeader   Role = "leader"   // 分管领导 of the unit; only what a person sends
	ToReviewer Role = "reviewer" // 上级审核员 of the unit it is owed to
)

package forms

// Balance is a ledger's account of a period: Opening + New − Closed = Closing (期初 + 新增 −
// 销号 = 期末). It is kept per unit and per level, and adds up.
type Balance struct {
	Opening int `json:"opening"`
	New     int `json:"new"`
	Closed  int `json:"closed"`
	Closing int `json:"closing"`
}

// Add returns the balance of both together.
func (b Balance) Add(x Balance) Balance {
	return Balance{b.Opening + x.Opening, b.New + x.New, b.Closed + x.Closed, b.Closing + x.Closing}
}

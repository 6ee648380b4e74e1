package forms

// Words says what the rule asks for, in Chinese and in English, with columns by their headings:
// what a person who waives a check has to read.
func (r *Rule) Words() (zh, en string) { return r.root.zh, r.root.en }

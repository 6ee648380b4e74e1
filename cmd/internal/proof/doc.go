// Package proof holds the tests that need the whole house: a form's values through the workbook, the
// page and both databases; a ledger over its periods at a real desk; what becomes of returns when a
// form changes. There is nothing else in it.
//
// Its one rule: nothing is stood in for. The catalogue is loaded, the database is one of the two,
// the pages come from the server over HTTP and are read as a browser reads them.
package proof

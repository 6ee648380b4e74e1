package attach

import "encoding/binary"

// exif is what of a picture's Exif data (CIPA DC-008) matters here.
type exif struct {
	orientation int  // 1 to 8; 1, upright, if unstated
	located     bool // it says where the picture was taken
}

// readExif reads a TIFF header and its first directory; what is malformed states nothing.
func readExif(b []byte) exif {
	x := exif{orientation: 1}
	if len(b) < 8 {
		return x
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(b[:4]) {
	case "MM\x00*":
		order = binary.BigEndian
	case "II*\x00":
	default:
		return x
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at+2 > len(b) {
		return x
	}
	entries := int(order.Uint16(b[at:]))
	for e := b[at+2:]; entries > 0 && len(e) >= 12; e, entries = e[12:], entries-1 {
		switch order.Uint16(e) {
		case 0x0112:
			if o := int(order.Uint16(e[8:])); o >= 1 && o <= 8 {
				x.orientation = o
			}
		case 0x8825:
			x.located = true
		}
	}
	return x
}

// orientation returns Exif data that says how a picture is turned, and nothing else.
func orientation(o int) []byte {
	return []byte{'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(o), 0, 0, 0, 0, 0, 0, 0}
}

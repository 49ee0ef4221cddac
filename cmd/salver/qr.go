package main

import (
	"strings"

	"rsc.io/qr"
)

// quietZone is the margin that a QR code needs, in modules. ISO/IEC 18004 asks for
// four; two do where the margin of the terminal adds to them.
const quietZone = 2

// drawQR draws text as a QR code, two modules in a character. With color it is
// black on white on any terminal; without, it is right on a dark one, and most
// readers take the inverse too. It is "" when text is too long for a code.
func drawQR(text string, color bool) string {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return ""
	}
	begin, end := "", "\n"
	if color {
		begin, end = "\x1b[97;40m", "\x1b[0m\n"
	}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		b.WriteString(begin)
		for x := -quietZone; x < code.Size+quietZone; x++ {
			// Light modules are drawn, dark ones are left to the background. The
			// row below the last one is no part of the code.
			upper, lower := !code.Black(x, y), !code.Black(x, y+1) && y+1 < code.Size+quietZone
			b.WriteString(halfBlock(upper, lower))
		}
		b.WriteString(end)
	}
	return b.String()
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}

package main

import "strings"

// textWidth estimates how wide a line of text is in a system's sans-serif, by the
// widths of DejaVu Sans, which is wider than what macOS, Windows and Android use. Bold
// takes a tenth more.
func textWidth(text string, size float64, bold bool) float64 {
	em := 0.0
	for _, c := range text {
		switch {
		case strings.ContainsRune("ijl'|", c):
			em += 0.28
		case strings.ContainsRune(" .,:;!/()[]ftrI-", c):
			em += 0.40
		case strings.ContainsRune("mwMW%@–×", c):
			em += 0.98
		case c >= 'A' && c <= 'Z':
			em += 0.70
		default:
			em += 0.62
		}
	}
	if bold {
		em *= 1.1
	}
	return em * size
}

// wrap breaks text into lines no wider than width.
func wrap(text string, size, width float64) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && textWidth(longer, size, false) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

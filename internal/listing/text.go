package listing

// appendText writes one line for each entry: its name, with a "/" after that of a
// directory. What [appendVisible] escapes is escaped, so a line is always one
// entry, and undoing the escapes gives the very bytes of the name.
func (l *Listing) appendText(b []byte) []byte {
	for i := range l.Rows {
		r := &l.Rows[i]
		b = appendVisible(b, r.Name)
		if r.IsDir {
			b = append(b, '/')
		}
		b = append(b, '\n')
	}
	return b
}

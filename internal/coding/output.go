package coding

// outputPiece is how much is collected before another piece is begun.
const outputPiece = 64 << 10

// output collects what an encoder writes in pieces, so that nothing is copied while it grows.
type output struct {
	full   [][]byte
	last   []byte
	length int
}

// newOutput makes room for what content of that length may become.
func newOutput(length int) *output {
	return &output{last: make([]byte, 0, min(length/2+64, outputPiece))}
}

// Write never fails.
func (o *output) Write(p []byte) (int, error) {
	n := len(p)
	o.length += n
	for {
		room := min(len(p), cap(o.last)-len(o.last))
		o.last = append(o.last, p[:room]...)
		if p = p[room:]; len(p) == 0 {
			return n, nil
		}
		o.full = append(o.full, o.last)
		o.last = make([]byte, 0, outputPiece)
	}
}

// bytes is all that was written, in no more memory than that takes.
func (o *output) bytes() []byte {
	b := make([]byte, 0, o.length)
	for _, piece := range o.full {
		b = append(b, piece...)
	}
	return append(b, o.last...)
}

// sink is where an encoder writes, which keeps it when the output is not its own any more.
type sink struct{ *output }

func (s *sink) letGo() { s.output = nil }

package engine

// window is what has come of a connection and is not yet discarded, in a buffer that
// it has only while there is something in it.
type window struct {
	buf        *input
	begin, end int
}

func (w *window) buffered() bool { return w.begin < w.end }

func (w *window) bytes() []byte {
	if w.buf == nil {
		return nil
	}
	return w.buf[w.begin:w.end]
}

func (w *window) discard(n int) { w.begin += n }

// free returns where more can be put, after moving what there is to the front.
func (w *window) free() []byte {
	if w.buf == nil {
		w.buf = inputs.Get().(*input)
		w.begin, w.end = 0, 0
	}
	if w.begin > 0 {
		w.end = copy(w.buf[:], w.buf[w.begin:w.end])
		w.begin = 0
	}
	return w.buf[w.end:]
}

// release gives the buffer back.
func (w *window) release() {
	if w.buf != nil {
		inputs.Put(w.buf)
		w.buf = nil
	}
	w.begin, w.end = 0, 0
}

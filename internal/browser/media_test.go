package browser

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/salver-http/salver"
)

// wave returns a tone as a WAVE file: 16 bit, mono, 44,100 samples a second.
func wave(seconds int) string {
	const rate = 44100
	n := uint32(seconds * rate * 2)
	b := make([]byte, 0, 44+n)
	le := binary.LittleEndian
	b = le.AppendUint32(append(b, "RIFF"...), 36+n)
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(b, 1) // PCM
	b = le.AppendUint16(b, 1) // one channel
	b = le.AppendUint32(b, rate)
	b = le.AppendUint32(b, rate*2)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = le.AppendUint32(append(b, "data"...), n)
	for i := range seconds * rate {
		b = le.AppendUint16(b, uint16(int16(8000*math.Sin(float64(i)*2*math.Pi*440/rate))))
	}
	return string(b)
}

// TestSeek seeks to the end of a recording that is far longer than what a browser
// reads ahead.
func TestSeek(t *testing.T) {
	const length = 600 // seconds
	s := serve(t, salver.Config{})
	s.write("tone.wav", wave(length))
	s.write("index.html", `<!DOCTYPE html><link rel="icon" href="data:,"><video id="v" preload="none" src="tone.wav"></video>`)
	p := open(t, s.origin)
	p.visit("/")
	if got := s.answers("/tone.wav"); len(got) > 0 {
		t.Fatalf("it was asked for before it was played: %v", got)
	}
	type state struct{ Duration, Position float64 }
	got := eval[state](p, fmt.Sprintf(`new Promise((done, fail) => {
		const v = document.getElementById("v")
		v.onerror = () => fail(new Error(v.error.message))
		v.onloadedmetadata = () => { v.currentTime = %d }
		v.onseeked = () => v.play()
		v.ontimeupdate = () => {
			if (!v.seeking && v.currentTime > %[1]d) done({Duration: v.duration, Position: v.currentTime})
		}
		v.preload = "auto"
		v.load()
	})`, length-10))
	if math.Abs(got.Duration-length) > 0.1 || got.Position <= length-10 || got.Position > length {
		t.Errorf("the recording of %d s is %v s long and stands at %v", length, got.Duration, got.Position)
	}
	answers := p.answersTo("/tone.wav")
	later := false
	for _, a := range answers {
		if a.status != 206 {
			t.Errorf("a part is answered %d", a.status)
		}
		later = later || a.contentRange != "" && !strings.HasPrefix(a.contentRange, "bytes 0-")
	}
	if !later {
		t.Errorf("no later part was asked for: %+v", answers)
	}
}

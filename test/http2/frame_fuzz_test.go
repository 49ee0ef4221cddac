package http2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	xnet "golang.org/x/net/http2"

	"github.com/salver-http/salver/internal/http2"
)

// outcome is what a reader makes of a frame.
type outcome struct {
	cut     bool // it is not whole
	kind    http2.Kind
	flags   http2.Flags
	stream  uint32
	payload string // without padding and priority
	class   string // of the error: "", "stream" or "connection"
	code    http2.Code
}

func (o outcome) String() string {
	switch {
	case o.cut:
		return "not whole"
	case o.class != "":
		return fmt.Sprintf("%s error 0x%x", o.class, uint32(o.code))
	}
	return fmt.Sprintf("kind %d, flags 0x%x, stream %d, %q", o.kind, o.flags, o.stream, o.payload)
}

// ours is what internal/http2 makes of b.
func ours(b []byte) outcome {
	var f http2.Frame
	n, err := http2.ReadFrame(b, &f)
	if e, ok := errors.AsType[*http2.Error](err); ok {
		if e.Stream != 0 {
			return outcome{class: "stream", code: e.Code}
		}
		return outcome{class: "connection", code: e.Code}
	}
	if n == 0 {
		return outcome{cut: true}
	}
	if f.Kind == http2.Settings {
		if e, ok := errors.AsType[*http2.Error](new(http2.Peer).Apply(f.Payload)); ok {
			return outcome{class: "connection", code: e.Code}
		}
	}
	return outcome{kind: f.Kind, flags: f.Flags, stream: f.Stream, payload: string(f.Payload)}
}

// theirs is what x/net makes of b.
func theirs(b []byte) outcome {
	framer := xnet.NewFramer(io.Discard, bytes.NewReader(b))
	framer.SetMaxReadFrameSize(http2.MaxPayload)
	// What comes in which order is the session's.
	framer.AllowIllegalReads = true
	f, err := framer.ReadFrame()
	if e, ok := errors.AsType[xnet.StreamError](err); ok {
		return outcome{class: "stream", code: http2.Code(e.Code)}
	}
	if e, ok := errors.AsType[xnet.ConnectionError](err); ok {
		return outcome{class: "connection", code: http2.Code(e)}
	}
	switch {
	case errors.Is(err, xnet.ErrFrameTooLarge):
		return outcome{class: "connection", code: http2.FrameSize}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return outcome{cut: true}
	case err != nil:
		panic(err)
	}
	if s, ok := f.(*xnet.SettingsFrame); ok {
		err := s.ForeachSetting(xnet.Setting.Valid)
		if e, ok := errors.AsType[xnet.ConnectionError](err); ok {
			return outcome{class: "connection", code: http2.Code(e)}
		}
	}
	h := f.Header()
	o := outcome{kind: http2.Kind(h.Type), flags: http2.Flags(h.Flags), stream: h.StreamID}
	switch f := f.(type) {
	case *xnet.DataFrame:
		o.payload = string(f.Data())
	case *xnet.HeadersFrame:
		o.payload = string(f.HeaderBlockFragment())
	case *xnet.ContinuationFrame:
		o.payload = string(f.HeaderBlockFragment())
	default:
		o.payload = string(b[http2.FrameHead : http2.FrameHead+int(h.Length)])
	}
	return o
}

// differences are where the two may differ, each on purpose.
var differences = []struct {
	why  string
	both func(b []byte, got, want outcome) bool
}{
	{"RFC 9113 §5.4.1 does not say which of two errors of a frame to tell", func(b []byte, got, want outcome) bool {
		return got.class == "connection" && want.class == "connection" && (isOnWrongStream(b) || isOf(b, http2.Settings) && len(b) > http2.FrameHead+6)
	}},
	{"RFC 9113 §4.2: what is too short for its flags is an error of size", func(b []byte, got, want outcome) bool {
		return want.cut && got.class == "connection" && (got.code == http2.FrameSize || got.code == http2.ProtocolError) && isOf(b, http2.Data, http2.Headers)
	}},
	{"RFC 9113 §6.2: too much padding ends the connection", func(b []byte, got, want outcome) bool {
		return isOf(b, http2.Headers) && got.class == "connection" && want == outcome{class: "stream", code: http2.ProtocolError}
	}},
	{"RFC 9113 §6.3: PRIORITY of a wrong length ends the stream", func(b []byte, got, want outcome) bool {
		return isOf(b, http2.Priority) && got == outcome{class: "stream", code: http2.FrameSize} && want == outcome{class: "connection", code: http2.FrameSize}
	}},
	{"RFC 7540 §5.3.1: no stream depends on itself; their server finds that out later", func(b []byte, got, want outcome) bool {
		return isOf(b, http2.Headers, http2.Priority) && got == outcome{class: "stream", code: http2.ProtocolError} && want.class == ""
	}},
	{"RFC 9113 §8.4: no client pushes; their reader is that of clients, too", func(b []byte, got, _ outcome) bool {
		return isOf(b, http2.PushPromise) && got == outcome{class: "connection", code: http2.ProtocolError}
	}},
	{"RFC 9218 §2.1: their server finds out later what is neither 0 nor 1", func(b []byte, got, want outcome) bool {
		return isOf(b, http2.Settings) && got == outcome{class: "connection", code: http2.ProtocolError} && want.class == "" && hasPriorities(b)
	}},
	{"RFC 8441 §3: whoever does not know a setting ignores it", func(b []byte, got, want outcome) bool {
		return isOf(b, http2.Settings) && got.class == "" && want == outcome{class: "connection", code: http2.ProtocolError}
	}},
}

func isOf(b []byte, kinds ...http2.Kind) bool { return slices.Contains(kinds, http2.Kind(b[3])) }

// isOnWrongStream reports whether a frame that has to have a stream has none, or the other way round.
func isOnWrongStream(b []byte) bool {
	has := binary.BigEndian.Uint32(b[5:])&http2.MaxStream != 0
	return !has && isOf(b, http2.Data, http2.Headers, http2.Priority, http2.Reset, http2.Continuation, http2.PushPromise) ||
		has && isOf(b, http2.Settings, http2.Ping, http2.GoAway, http2.PriorityUpdate)
}

// hasPriorities reports whether SETTINGS has a bad SETTINGS_NO_RFC7540_PRIORITIES.
func hasPriorities(b []byte) bool {
	for s := range slices.Chunk(b[http2.FrameHead:], 6) {
		if len(s) == 6 && s[0] == 0 && s[1] == 9 && binary.BigEndian.Uint32(s[2:]) > 1 {
			return true
		}
	}
	return false
}

// compare compares what the two make of a frame. It returns why they differ, if they do.
func compare(t *testing.T, b []byte) (why string) {
	got, want := ours(b), theirs(b)
	if got == want {
		return ""
	}
	for _, d := range differences {
		if d.both(b, got, want) {
			return d.why
		}
	}
	t.Errorf("%x is\n%v, and to x/net\n%v", b, got, want)
	return ""
}

// frame is a frame that is so many bytes shorter than it says.
func frame(kind, flags byte, stream uint32, payload []byte, missing uint32) []byte {
	length := uint32(len(payload)) + missing
	b := []byte{byte(length >> 16), byte(length >> 8), byte(length), kind, flags}
	b = binary.BigEndian.AppendUint32(b, stream)
	return append(b, payload...)
}

// TestReadFrame reads frames of all kinds and flags, among which each difference is seen.
func TestReadFrame(t *testing.T) {
	seen := map[string]bool{}
	for kind := range byte(18) {
		for flags := range 256 {
			for _, stream := range []uint32{0, 1, 1<<31 | 3} {
				for _, payload := range []string{
					"", "\x00", "\x02abc", "\x03abc", "\x04abc", "\x02\x00\x00\x00\x01\xffabc", "\x00\x00\x00\x00", "\x00\x00\x00\x01\x00", "\x80\x00\x00\x00",
					"\x00\x04\xff\xff\xff\xff", "\x00\x02\x00\x00\x00\x02", "\x00\x05\x00\x00\x00\x01", "\x00\x09\x00\x00\x00\x02",
					"\x00\x08\x00\x00\x00\x02", "\x00\x02\x00\x00\x00\x02\x00\x04\xff\xff\xff\xff", "12345678",
				} {
					seen[compare(t, frame(kind, byte(flags), stream, []byte(payload), 0))] = true
				}
			}
		}
		compare(t, frame(kind, 0, 1, []byte("ab"), 1))
		for _, n := range []int{http2.MaxPayload, http2.MaxPayload + 1} {
			compare(t, frame(kind, 0, 1, make([]byte, n), 0))
		}
	}
	for _, d := range differences {
		if !seen[d.why] {
			t.Errorf("%s: no frame shows that", d.why)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	for kind := range byte(18) {
		f.Add(kind, byte(0), uint32(0), []byte("12345678"), uint32(0))
		f.Add(kind, byte(0xff), uint32(1), []byte("\x00\x00\x00\x01\x00"), uint32(0))
		f.Add(kind, byte(0), uint32(1), []byte("ab"), uint32(http2.MaxPayload))
	}
	f.Fuzz(func(t *testing.T, kind, flags byte, stream uint32, payload []byte, missing uint32) {
		if missing >= 1<<24 || len(payload) > 1<<16 {
			return
		}
		compare(t, frame(kind, flags, stream, payload, missing))
	})
}

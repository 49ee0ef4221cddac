package http2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// frame is a frame as it is sent.
func frame(k Kind, flags Flags, stream uint32, payload string) []byte {
	return append(AppendFrameHead(nil, len(payload), k, flags, stream), payload...)
}

// TestFrameErrors is RFC 9113 §4.2 and §6, RFC 9218 §7.1.
func TestFrameErrors(t *testing.T) {
	const none = Code(1 << 31)
	for _, c := range []struct {
		name   string
		frame  []byte
		code   Code
		stream bool // the error is of the stream
	}{
		{"DATA", frame(Data, 0, 1, "abc"), none, false},
		{"DATA without a stream", frame(Data, 0, 0, "abc"), ProtocolError, false},
		{"DATA of padding alone", frame(Data, padded, 1, "\x02\x00\x00"), none, false},
		{"DATA of too much padding", frame(Data, padded, 1, "\x03\x00\x00"), ProtocolError, false},
		{"DATA without the length of padding", frame(Data, padded, 1, ""), FrameSize, false},
		{"HEADERS", frame(Headers, 0, 1, "abc"), none, false},
		{"HEADERS without a stream", frame(Headers, 0, 0, "abc"), ProtocolError, false},
		{"HEADERS of too much padding", frame(Headers, padded, 1, "\x01"), ProtocolError, false},
		{"HEADERS without the length of padding", frame(Headers, padded, 1, ""), FrameSize, false},
		{"HEADERS with half a priority", frame(Headers, hasPriority, 1, "\x00\x00\x00\x03"), FrameSize, false},
		{"HEADERS with padding where priority should be", frame(Headers, hasPriority|padded, 1, "\x01\x00\x00\x00\x03\x00"), FrameSize, false},
		{"HEADERS that depend on themselves", frame(Headers, hasPriority, 1, "\x80\x00\x00\x01\x00"), ProtocolError, true},
		{"PRIORITY", frame(Priority, 0, 1, "\x00\x00\x00\x03\x00"), none, false},
		{"PRIORITY without a stream", frame(Priority, 0, 0, "\x00\x00\x00\x03\x00"), ProtocolError, false},
		{"PRIORITY too short", frame(Priority, 0, 1, "\x00\x00\x00\x03"), FrameSize, true},
		{"PRIORITY too long", frame(Priority, 0, 1, "\x00\x00\x00\x03\x00\x00"), FrameSize, true},
		{"PRIORITY on itself", frame(Priority, 0, 3, "\x00\x00\x00\x03\x00"), ProtocolError, true},
		{"RST_STREAM", frame(Reset, 0, 1, "\x00\x00\x00\x08"), none, false},
		{"RST_STREAM without a stream", frame(Reset, 0, 0, "\x00\x00\x00\x08"), ProtocolError, false},
		{"RST_STREAM too short", frame(Reset, 0, 1, "\x00\x00\x08"), FrameSize, false},
		{"RST_STREAM too long", frame(Reset, 0, 1, "\x00\x00\x00\x00\x08"), FrameSize, false},
		{"SETTINGS", frame(Settings, 0, 0, "\x00\x03\x00\x00\x00\x08"), none, false},
		{"SETTINGS of nothing", frame(Settings, 0, 0, ""), none, false},
		{"SETTINGS on a stream", frame(Settings, 0, 1, ""), ProtocolError, false},
		{"SETTINGS of half a setting", frame(Settings, 0, 0, "\x00\x03\x00"), FrameSize, false},
		{"SETTINGS acknowledged", frame(Settings, Ack, 0, ""), none, false},
		{"SETTINGS acknowledged with content", frame(Settings, Ack, 0, "\x00\x03\x00\x00\x00\x08"), FrameSize, false},
		{"PUSH_PROMISE", frame(PushPromise, EndHeaders, 1, "\x00\x00\x00\x02"), ProtocolError, false},
		{"PING", frame(Ping, 0, 0, "12345678"), none, false},
		{"PING on a stream", frame(Ping, 0, 1, "12345678"), ProtocolError, false},
		{"PING too short", frame(Ping, 0, 0, "1234567"), FrameSize, false},
		{"PING too long", frame(Ping, 0, 0, "123456789"), FrameSize, false},
		{"GOAWAY", frame(GoAway, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x00bye"), none, false},
		{"GOAWAY on a stream", frame(GoAway, 0, 1, "\x00\x00\x00\x00\x00\x00\x00\x00"), ProtocolError, false},
		{"GOAWAY too short", frame(GoAway, 0, 0, "\x00\x00\x00\x00\x00\x00\x00"), FrameSize, false},
		{"WINDOW_UPDATE", frame(WindowUpdate, 0, 1, "\x80\x00\x00\x01"), none, false},
		{"WINDOW_UPDATE of nothing", frame(WindowUpdate, 0, 0, "\x80\x00\x00\x00"), ProtocolError, false},
		{"WINDOW_UPDATE of nothing on a stream", frame(WindowUpdate, 0, 1, "\x00\x00\x00\x00"), ProtocolError, true},
		{"WINDOW_UPDATE too short", frame(WindowUpdate, 0, 1, "\x00\x00\x01"), FrameSize, false},
		{"WINDOW_UPDATE too long", frame(WindowUpdate, 0, 1, "\x00\x00\x00\x00\x01"), FrameSize, false},
		{"CONTINUATION", frame(Continuation, 0, 1, ""), none, false},
		{"CONTINUATION without a stream", frame(Continuation, 0, 0, ""), ProtocolError, false},
		{"PRIORITY_UPDATE", frame(PriorityUpdate, 0, 0, "\x00\x00\x00\x01u=1"), none, false},
		{"PRIORITY_UPDATE on a stream", frame(PriorityUpdate, 0, 1, "\x00\x00\x00\x01"), ProtocolError, false},
		{"PRIORITY_UPDATE of no stream", frame(PriorityUpdate, 0, 0, "\x00\x00\x00\x00"), ProtocolError, false},
		{"PRIORITY_UPDATE too short", frame(PriorityUpdate, 0, 0, "\x00\x00\x01"), FrameSize, false},
		{"unknown", frame(77, 0xff, 5, "abc"), none, false},
		{"unknown without a stream", frame(77, 0xff, 0, ""), none, false},
		{"too long", AppendFrameHead(nil, MaxPayload+1, Data, 0, 1), FrameSize, false},
		{"too long, unknown", AppendFrameHead(nil, 1<<24-1, 77, 0, 1), FrameSize, false},
	} {
		var f Frame
		n, err := ReadFrame(c.frame, &f)
		e, _ := errors.AsType[*Error](err)
		switch {
		case c.code == none:
			if err != nil || n != len(c.frame) {
				t.Errorf("%s: %d, %v, want its length of %d", c.name, n, err, len(c.frame))
			}
		case e == nil || e.Code != c.code || e.Why == "":
			t.Errorf("%s: %v, want 0x%x", c.name, err, uint32(c.code))
		case c.stream != (e.Stream != 0) || c.stream && (e.Stream != f.Stream || n != len(c.frame)):
			t.Errorf("%s: %v after %d bytes, of the stream %t", c.name, err, n, c.stream)
		}
	}
}

// TestFrameCut: less than a frame is none, and what comes after one is not looked at.
func TestFrameCut(t *testing.T) {
	whole := frame(Headers, EndHeaders|padded|hasPriority, 1<<31|7, "\x02\x00\x00\x00\x03\xffabc\x00\x00")
	for i := range whole {
		var f Frame
		if n, err := ReadFrame(whole[:i], &f); n != 0 || err != nil {
			t.Fatalf("after %d of %d bytes: %d, %v", i, len(whole), n, err)
		}
	}
	var f Frame
	n, err := ReadFrame(append(whole, "\xff\xff\xff\xff\xff\xff\xff\xff\xff"...), &f)
	if n != len(whole) || err != nil || f.Kind != Headers || f.Stream != 7 || string(f.Payload) != "abc" || f.Length != len(whole)-FrameHead {
		t.Errorf("%d, %v, %+v", n, err, f)
	}
}

// TestAppend: what is written is read again.
func TestAppend(t *testing.T) {
	for _, c := range []struct {
		b    []byte
		want Frame
	}{
		{AppendReset(nil, 5, Cancel), Frame{Reset, 0, 5, []byte{0, 0, 0, 8}, 4}},
		{AppendPong(nil, []byte("12345678")), Frame{Ping, Ack, 0, []byte("12345678"), 8}},
		{AppendGoAway(nil, 9, EnhanceYourCalm, "why"), Frame{GoAway, 0, 0, []byte("\x00\x00\x00\x09\x00\x00\x00\x0bwhy"), 11}},
		{AppendWindowUpdate(nil, MaxStream, 1<<20), Frame{WindowUpdate, 0, MaxStream, []byte{0, 16, 0, 0}, 4}},
		{AppendSettingsAck(nil), Frame{Settings, Ack, 0, nil, 0}},
		{AppendFrameHead(nil, 0, Data, EndStream, 3), Frame{Data, EndStream, 3, nil, 0}},
	} {
		var f Frame
		n, err := ReadFrame(c.b, &f)
		if n != len(c.b) || err != nil || f.Kind != c.want.Kind || f.Flags != c.want.Flags || f.Stream != c.want.Stream ||
			!bytes.Equal(f.Payload, c.want.Payload) || f.Length != c.want.Length {
			t.Errorf("%x is read as %+v, %v", c.b, f, err)
		}
	}
	b := AppendFrameHead(nil, 0x123456, 7, 8, 0x7fffffff)
	if want := []byte{0x12, 0x34, 0x56, 7, 8, 0x7f, 0xff, 0xff, 0xff}; !bytes.Equal(b, want) {
		t.Errorf("%x, want %x", b, want)
	}
}

// TestErrorText: an error says whether it is of a stream.
func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"http2: connection error 0xb: calm": {EnhanceYourCalm, 0, "calm"},
		"http2: stream 3: error 0x5: over":  {StreamClosed, 3, "over"},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e, want)
		}
	}
}

// TestApply is RFC 9113 §6.5.2, RFC 9218 §2.1.
func TestApply(t *testing.T) {
	type said struct {
		setting
		value uint32
	}
	const none = Code(1 << 31)
	for _, c := range []struct {
		name   string
		said   []said
		window int64
		code   Code
	}{
		{"nothing", nil, FirstWindow, none},
		{"window", []said{{initialWindowSize, 0}}, 0, none},
		{"largest window", []said{{initialWindowSize, MaxWindow}}, MaxWindow, none},
		{"too large a window", []said{{initialWindowSize, MaxWindow + 1}}, FirstWindow, FlowControl},
		{"the last of two windows", []said{{initialWindowSize, 5}, {initialWindowSize, 7}}, 7, none},
		{"table", []said{{headerTableSize, 1<<32 - 1}}, FirstWindow, none},
		{"no push", []said{{enablePush, 0}}, FirstWindow, none},
		{"push", []said{{enablePush, 1}}, FirstWindow, none},
		{"half a push", []said{{enablePush, 2}}, FirstWindow, ProtocolError},
		{"streams", []said{{maxConcurrentStreams, 0}}, FirstWindow, none},
		{"smallest frame", []said{{maxFrameSize, 16384}}, FirstWindow, none},
		{"largest frame", []said{{maxFrameSize, 1<<24 - 1}}, FirstWindow, none},
		{"too small a frame", []said{{maxFrameSize, 16383}}, FirstWindow, ProtocolError},
		{"too large a frame", []said{{maxFrameSize, 1 << 24}}, FirstWindow, ProtocolError},
		{"fields", []said{{maxHeaderListSize, 0}}, FirstWindow, none},
		{"no priorities", []said{{noRFC7540Priorities, 1}}, FirstWindow, none},
		{"half of priorities", []said{{noRFC7540Priorities, 2}}, FirstWindow, ProtocolError},
		{"unknown", []said{{0x1234, 1<<32 - 1}, {initialWindowSize, 3}}, 3, none},
		{"one that is wrong after one that is right", []said{{initialWindowSize, 3}, {enablePush, 7}}, 3, ProtocolError},
	} {
		var payload []byte
		for _, s := range c.said {
			payload = binary.BigEndian.AppendUint16(payload, uint16(s.setting))
			payload = binary.BigEndian.AppendUint32(payload, s.value)
		}
		p := Peer{Window: FirstWindow}
		err := p.Apply(payload)
		e, _ := errors.AsType[*Error](err)
		if p.Window != c.window || (c.code == none) != (err == nil) || e != nil && (e.Code != c.code || e.Stream != 0) {
			t.Errorf("%s: window %d, %v", c.name, p.Window, err)
		}
	}
	p := Peer{Window: 1}
	if err := p.Apply(AppendSettings(nil, 100, 16<<10)[FrameHead:]); err != nil || p.Window != 1 {
		t.Errorf("the server's own settings are answered %v", err)
	}
}

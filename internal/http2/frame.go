// Package http2 is the syntax of HTTP/2 (RFC 9113) and of its header compression (RFC
// 7541) as far as a server of files speaks it: frames and settings in both directions,
// requests, and the fields of responses. It does no I/O.
package http2

import (
	"encoding/binary"
	"fmt"
)

// Preface is what a client sends first (RFC 9113 §3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

const (
	// FrameHead is the length of what precedes the payload of each frame, in bytes.
	FrameHead = 9
	// MaxPayload is the longest payload that is read, and that any client reads, in bytes
	// (SETTINGS_MAX_FRAME_SIZE, RFC 9113 §6.5.2).
	MaxPayload = 16 << 10
	// MaxWindow is the largest window (RFC 9113 §6.9.1).
	MaxWindow = 1<<31 - 1
	// FirstWindow is the window of a connection and a stream until something else is said
	// (RFC 9113 §6.9.2).
	FirstWindow = 1<<16 - 1
	// MaxStream is the last number of a stream.
	MaxStream = 1<<31 - 1
)

// Kind is the type of a frame (RFC 9113 §6, RFC 9218 §7.1).
type Kind uint8

// The frames that mean something to a server.
const (
	Data           Kind = 0
	Headers        Kind = 1
	Priority       Kind = 2
	Reset          Kind = 3
	Settings       Kind = 4
	PushPromise    Kind = 5
	Ping           Kind = 6
	GoAway         Kind = 7
	WindowUpdate   Kind = 8
	Continuation   Kind = 9
	PriorityUpdate Kind = 16
)

// Flags are of a frame; what they mean depends on its kind.
type Flags uint8

// The flags that there are.
const (
	EndStream   Flags = 0x1 // of Data and Headers
	Ack         Flags = 0x1 // of Settings and Ping
	EndHeaders  Flags = 0x4 // of Headers and Continuation
	padded      Flags = 0x8 // of Data and Headers
	hasPriority Flags = 0x20
)

// Has reports whether g is set.
func (f Flags) Has(g Flags) bool { return f&g != 0 }

// Code says why a stream or a connection ends (RFC 9113 §7).
type Code uint32

// The codes that a server uses.
const (
	NoError         Code = 0x0
	ProtocolError   Code = 0x1
	InternalError   Code = 0x2
	FlowControl     Code = 0x3
	StreamClosed    Code = 0x5
	FrameSize       Code = 0x6
	RefusedStream   Code = 0x7
	Cancel          Code = 0x8
	Compression     Code = 0x9
	EnhanceYourCalm Code = 0xb
)

// Error is what ends a stream, or, where Stream is 0, the connection (RFC 9113 §5.4).
type Error struct {
	Code   Code
	Stream uint32
	Why    string // in fixed words, for the other side
}

func (e *Error) Error() string {
	if e.Stream == 0 {
		return fmt.Sprintf("http2: connection error 0x%x: %s", uint32(e.Code), e.Why)
	}
	return fmt.Sprintf("http2: stream %d: error 0x%x: %s", e.Stream, uint32(e.Code), e.Why)
}

// Frame is a frame that was read. Its payload is a slice of what it was read from.
type Frame struct {
	Kind    Kind
	Flags   Flags
	Stream  uint32
	Payload []byte // without padding, and without what RFC 7540 had for priorities
	Length  int    // of the payload with all that, which is what counts in windows
}

// ReadFrame reads the frame at the beginning of b. n is its length with its head, 0 while
// it is not whole. What is wrong with it alone is an *Error: it does not depend on what
// came before. One that concerns only a stream has a length, and the others after it can
// be read.
func ReadFrame(b []byte, f *Frame) (n int, err error) {
	if len(b) < FrameHead {
		return 0, nil
	}
	length := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	if length > MaxPayload {
		return 0, &Error{FrameSize, 0, "frame too long"}
	}
	if n = FrameHead + length; len(b) < n {
		return 0, nil
	}
	*f = Frame{
		Kind: Kind(b[3]), Flags: Flags(b[4]), Stream: binary.BigEndian.Uint32(b[5:]) & MaxStream,
		Payload: b[FrameHead:n:n], Length: length,
	}
	return n, f.check()
}

// check is what RFC 9113 §6 says of each kind of frame.
func (f *Frame) check() error {
	switch f.Kind {
	case Data, Headers, Priority, Reset, Continuation:
		if f.Stream == 0 {
			return &Error{ProtocolError, 0, "frame without a stream"}
		}
	case Settings, Ping, GoAway, PriorityUpdate:
		if f.Stream != 0 {
			return &Error{ProtocolError, 0, "frame on a stream"}
		}
	}
	switch f.Kind {
	case Data:
		return f.unpad()
	case Headers:
		return f.checkHeaders()
	case Priority:
		if f.Length != 5 {
			return &Error{FrameSize, f.Stream, "PRIORITY of a wrong length"}
		}
		return f.checkDependency(f.Payload)
	case Reset:
		if f.Length != 4 {
			return &Error{FrameSize, 0, "RST_STREAM of a wrong length"}
		}
	case Settings:
		if f.Length%6 != 0 || f.Flags.Has(Ack) && f.Length != 0 {
			return &Error{FrameSize, 0, "SETTINGS of a wrong length"}
		}
	case PushPromise:
		return &Error{ProtocolError, 0, "PUSH_PROMISE of a client"}
	case Ping:
		if f.Length != 8 {
			return &Error{FrameSize, 0, "PING of a wrong length"}
		}
	case GoAway:
		if f.Length < 8 {
			return &Error{FrameSize, 0, "GOAWAY of a wrong length"}
		}
	case WindowUpdate:
		if f.Length != 4 {
			return &Error{FrameSize, 0, "WINDOW_UPDATE of a wrong length"}
		}
		if f.Number() == 0 {
			return &Error{ProtocolError, f.Stream, "WINDOW_UPDATE of 0"}
		}
	case PriorityUpdate:
		if f.Length < 4 {
			return &Error{FrameSize, 0, "PRIORITY_UPDATE of a wrong length"}
		}
		if f.Number() == 0 {
			return &Error{ProtocolError, 0, "PRIORITY_UPDATE of no stream"}
		}
	}
	return nil
}

// checkHeaders takes away from HEADERS what is not the block of fields (RFC 9113 §6.2).
func (f *Frame) checkHeaders() error {
	if err := f.unpad(); err != nil {
		return err
	}
	if !f.Flags.Has(hasPriority) {
		return nil
	}
	if len(f.Payload) < 5 {
		return &Error{FrameSize, 0, "HEADERS of a wrong length"}
	}
	err := f.checkDependency(f.Payload)
	f.Payload = f.Payload[5:]
	return err
}

// unpad takes the padding away (RFC 9113 §6.1).
func (f *Frame) unpad() error {
	if !f.Flags.Has(padded) {
		return nil
	}
	if f.Length == 0 {
		return &Error{FrameSize, 0, "padded frame of no length"}
	}
	padding := int(f.Payload[0])
	if padding >= f.Length {
		return &Error{ProtocolError, 0, "more padding than frame"}
	}
	f.Payload = f.Payload[1 : f.Length-padding]
	return nil
}

// checkDependency looks at what RFC 7540 §5.3.1 had for priorities and is ignored: a
// stream that depends on itself stays an error.
func (f *Frame) checkDependency(b []byte) error {
	if binary.BigEndian.Uint32(b)&MaxStream == f.Stream {
		return &Error{ProtocolError, f.Stream, "stream that depends on itself"}
	}
	return nil
}

// Number is what WINDOW_UPDATE adds, and what stream PRIORITY_UPDATE is about.
func (f *Frame) Number() uint32 { return binary.BigEndian.Uint32(f.Payload) & MaxStream }

// AppendFrameHead appends what precedes a payload of that length.
func AppendFrameHead(b []byte, length int, k Kind, flags Flags, stream uint32) []byte {
	return append(b, byte(length>>16), byte(length>>8), byte(length), byte(k), byte(flags),
		byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
}

// AppendReset appends RST_STREAM.
func AppendReset(b []byte, stream uint32, code Code) []byte {
	b = AppendFrameHead(b, 4, Reset, 0, stream)
	return binary.BigEndian.AppendUint32(b, uint32(code))
}

// AppendPong appends the answer to PING.
func AppendPong(b, payload []byte) []byte {
	return append(AppendFrameHead(b, len(payload), Ping, Ack, 0), payload...)
}

// AppendGoAway appends GOAWAY: last is the last stream that is or will be answered.
func AppendGoAway(b []byte, last uint32, code Code, why string) []byte {
	b = AppendFrameHead(b, 8+len(why), GoAway, 0, 0)
	b = binary.BigEndian.AppendUint32(b, last)
	b = binary.BigEndian.AppendUint32(b, uint32(code))
	return append(b, why...)
}

// AppendWindowUpdate appends WINDOW_UPDATE, of the connection where stream is 0.
func AppendWindowUpdate(b []byte, stream, more uint32) []byte {
	b = AppendFrameHead(b, 4, WindowUpdate, 0, stream)
	return binary.BigEndian.AppendUint32(b, more)
}

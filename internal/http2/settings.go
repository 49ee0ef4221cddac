package http2

import "encoding/binary"

// setting is the number of a setting (RFC 9113 §6.5.2, RFC 9218 §2.1).
type setting uint16

const (
	headerTableSize      setting = 1
	enablePush           setting = 2
	maxConcurrentStreams setting = 3
	initialWindowSize    setting = 4
	maxFrameSize         setting = 5
	maxHeaderListSize    setting = 6
	noRFC7540Priorities  setting = 9
)

// Peer is what a client has said of what it takes.
type Peer struct {
	Window int64 // of a new stream
}

// Apply takes the payload of SETTINGS on. What a server of files has no use for is
// checked and left: it never pushes, indexes no field, and sends no frame longer than
// all can read.
func (p *Peer) Apply(payload []byte) error {
	for ; len(payload) >= 6; payload = payload[6:] {
		v := binary.BigEndian.Uint32(payload[2:])
		switch setting(binary.BigEndian.Uint16(payload)) {
		case enablePush, noRFC7540Priorities:
			if v > 1 {
				return &Error{ProtocolError, 0, "setting that is neither 0 nor 1"}
			}
		case initialWindowSize:
			if v > MaxWindow {
				return &Error{FlowControl, 0, "window too large"}
			}
			p.Window = int64(v)
		case maxFrameSize:
			if v < MaxPayload || v > 1<<24-1 {
				return &Error{ProtocolError, 0, "frame size out of range"}
			}
		}
	}
	return nil
}

// AppendSettings appends the SETTINGS of a server that takes so many streams at once, and
// fields of so many bytes (RFC 9113 §10.5.1).
func AppendSettings(b []byte, streams, fields uint32) []byte {
	said := [...]struct {
		setting
		value uint32
	}{
		{maxConcurrentStreams, streams},
		{maxHeaderListSize, fields},
		{noRFC7540Priorities, 1},
	}
	b = AppendFrameHead(b, 6*len(said), Settings, 0, 0)
	for _, s := range said {
		b = binary.BigEndian.AppendUint16(b, uint16(s.setting))
		b = binary.BigEndian.AppendUint32(b, s.value)
	}
	return b
}

// AppendSettingsAck appends the answer to SETTINGS.
func AppendSettingsAck(b []byte) []byte { return AppendFrameHead(b, 0, Settings, Ack, 0) }

package http2

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/message"
)

const (
	// MaxFields is how many bytes the fields of a request may take, as RFC 9113 §6.5.2
	// counts them.
	MaxFields = 16 << 10
	// MaxBlock is how many bytes they may take as they are sent. It is not said to the
	// client: who sends more has more fields than it may.
	MaxBlock = 2 * MaxFields
	// fieldOverhead is what a field counts beside its name and value (RFC 7541 §4.1).
	fieldOverhead = 32
	// tableSize is that of the table of the fields that came before (RFC 7541 §4.2).
	tableSize = 4 << 10
)

// Request is what a block of fields says.
type Request struct {
	message.Head
	Order  Order
	Length int64 // that the content has by Content-Length, -1 where nothing is said
	// TooLong says that there are more fields than may be: 431. The rest was not read.
	TooLong bool

	scratch []byte // what Head is slices of
}

// Fields reads the blocks of fields of one connection. It is for one goroutine.
type Fields struct {
	decoder *hpack.Decoder
	r       *Request // nil while trailers are read
	state

	last []byte   // the last block, if it has not touched the table
	kept *Request // what it says, once it has come twice in a row
}

// longestKept is the longest block that is compared with the one before, in bytes.
const longestKept = 256

// state is what has been seen of a block.
type state struct {
	malformed string // why, in fixed words
	scheme    bool
	hosts     bool // a Host field has come
	host      string
	regular   bool // a field that is no pseudo-header field has come
	size      int
}

// NewFields makes a Fields for a new connection.
func NewFields() *Fields {
	f := &Fields{}
	f.decoder = hpack.NewDecoder(tableSize, f.add)
	f.decoder.SetMaxStringLength(2 * MaxBlock)
	return f
}

// Read reads the whole block of a request. The error is an *Error: of the connection when the
// block cannot be decompressed, and of stream when it is malformed (RFC 9113 §8.1.1).
func (f *Fields) Read(block []byte, stream uint32, r *Request) error {
	again := len(block) <= longestKept && bytes.Equal(block, f.last)
	if again && f.kept != nil {
		scratch := r.scratch
		*r = *f.kept
		r.scratch = scratch
		return nil
	}
	f.kept, f.last = nil, f.last[:0]
	if err := f.read(block, stream, r); err != nil || r.TooLong || len(block) > longestKept || !isConstant(block) {
		return err
	}
	if f.last = append(f.last, block...); again {
		f.kept = &Request{Head: r.Head.Clone(), Order: r.Order, Length: r.Length}
	}
	return nil
}

func (f *Fields) read(block []byte, stream uint32, r *Request) error {
	*r = Request{Order: DefaultOrder, Length: -1, scratch: r.scratch[:0]}
	f.r, f.state = r, state{}
	if err := f.decode(block); err != nil {
		return err
	}
	if r.TooLong {
		return nil
	}
	if f.malformed == "" {
		f.complete()
	}
	if f.malformed != "" {
		return &Error{ProtocolError, stream, f.malformed}
	}
	return nil
}

// Skip reads the block of trailers, or of a request that is not answered, for what it does to
// the table (RFC 9113 §4.3). Trailers have no pseudo-header fields (§8.1).
func (f *Fields) Skip(block []byte, stream uint32) error {
	f.r, f.state = nil, state{}
	f.kept, f.last = nil, f.last[:0]
	if err := f.decode(block); err != nil {
		return err
	}
	if f.malformed != "" {
		return &Error{ProtocolError, stream, f.malformed}
	}
	return nil
}

func (f *Fields) decode(block []byte) error {
	f.decoder.SetEmitEnabled(true)
	_, err := f.decoder.Write(block)
	if err == nil {
		err = f.decoder.Close()
	}
	switch {
	case errors.Is(err, hpack.ErrStringLength):
		// The table is not what the client thinks any more.
		return &Error{EnhanceYourCalm, 0, "field too long"}
	case err != nil:
		return &Error{Compression, 0, "fields that cannot be decompressed"}
	}
	return nil
}

// isConstant reports whether a block, which is well-formed, leaves the table as it is, so
// that the same block says the same if it comes next (RFC 7541 §6).
func isConstant(block []byte) bool {
	for len(block) > 0 {
		switch c := block[0]; {
		case c&0x80 != 0: // indexed
			_, block = cutNumber(block, 7)
			continue
		case c&0xe0 != 0: // to be indexed, or a new size of the table
			return false
		}
		var name uint64
		if name, block = cutNumber(block, 4); name == 0 {
			block = cutString(block)
		}
		block = cutString(block)
	}
	return true
}

// cutNumber takes a number of so many bits in its first byte off b (RFC 7541 §5.1).
func cutNumber(b []byte, bits int) (n uint64, rest []byte) {
	most := uint64(1)<<bits - 1
	if n = uint64(b[0]) & most; n < most {
		return n, b[1:]
	}
	for i, c := range b[1:] {
		if n += uint64(c&0x7f) << (7 * min(i, 8)); c&0x80 == 0 {
			return n, b[2+i:]
		}
	}
	return n, nil
}

// cutString takes a string off b (RFC 7541 §5.2).
func cutString(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	n, b := cutNumber(b, 7)
	return b[min(n, uint64(len(b))):]
}

// add is told of each field.
func (f *Fields) add(h hpack.HeaderField) {
	if f.size += len(h.Name) + len(h.Value) + fieldOverhead; f.size > MaxFields {
		if f.r != nil {
			f.r.TooLong = true
		}
		f.decoder.SetEmitEnabled(false)
		return
	}
	if f.malformed != "" {
		return
	}
	if strings.HasPrefix(h.Name, ":") {
		f.addPseudo(h.Name, h.Value)
		return
	}
	f.regular = true
	f.addRegular(h.Name, h.Value)
}

func (f *Fields) addPseudo(name, value string) {
	if f.r == nil {
		f.malformed = "pseudo-header field in trailers"
		return
	}
	if f.regular {
		f.malformed = "pseudo-header field after others"
		return
	}
	if !validValue(value) {
		f.malformed = "field value that is none"
		return
	}
	r := f.r
	switch {
	case name == ":method" && r.Method == nil:
		r.Method = r.keep(value)
	case name == ":path" && r.Path == nil:
		path, query, has := strings.Cut(value, "?")
		if r.Path = r.keep(path); has {
			r.Query = r.keep(query)
		}
	case name == ":authority" && r.Host == nil:
		r.Host = r.keep(value)
	case name == ":scheme" && !f.scheme:
		f.scheme = true
	default:
		f.malformed = "pseudo-header field unknown or repeated"
	}
}

func (f *Fields) addRegular(name, value string) {
	if !validName(name) {
		f.malformed = "field name that is none"
		return
	}
	if !validValue(value) {
		f.malformed = "field value that is none"
		return
	}
	switch name { // RFC 9113 §8.2.2
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		f.malformed = "field of a connection"
		return
	case "te":
		if value != "trailers" {
			f.malformed = "field of a connection"
		}
		return
	}
	r := f.r
	if r == nil {
		return
	}
	var slot *[]byte
	switch name {
	case "host":
		if f.hosts && f.host != value {
			f.malformed = "two hosts"
		}
		f.hosts, f.host = true, value
		return
	case "content-length":
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || value[0] == '+' || r.Length >= 0 && r.Length != int64(n) {
			f.malformed = "Content-Length that is none"
			return
		}
		r.Length = int64(n)
		return
	case "priority":
		r.Order = r.Order.with(value)
		return
	case "cookie": // in as many lines as the client likes, RFC 9113 §8.2.3
		if r.Cookie != nil {
			value = string(r.Cookie) + "; " + value
		}
		r.Cookie = r.keep(value)
		return
	case "accept":
		slot = &r.Accept
	case "accept-encoding":
		slot = &r.AcceptEncoding
	case "if-match":
		slot = &r.IfMatch
	case "if-modified-since":
		slot = &r.IfModifiedSince
	case "if-none-match":
		slot = &r.IfNoneMatch
	case "if-range":
		slot = &r.IfRange
	case "if-unmodified-since":
		slot = &r.IfUnmodifiedSince
	case "range":
		slot = &r.Range
	case "authorization":
		slot = &r.Authorization
	case "origin":
		slot = &r.Origin
	case "sec-fetch-mode":
		slot = &r.FetchMode
	case "access-control-request-method":
		slot = &r.RequestMethod
	case "forwarded":
		slot = &r.Forwarded
	case "x-forwarded-for":
		slot = &r.ForwardedFor
	case "x-forwarded-proto":
		slot = &r.ForwardedProto
	case "referer":
		slot = &r.Referer
	case "user-agent":
		slot = &r.UserAgent
	default:
		return
	}
	if *slot != nil { // joined as semantics.Values does it
		value = string(*slot) + ", " + value
	}
	*slot = r.keep(value)
}

// complete checks a block as a whole (RFC 9113 §8.3.1, §8.5).
func (f *Fields) complete() {
	r := f.r
	connect := string(r.Method) == "CONNECT"
	switch {
	case len(r.Method) == 0 || !validMethod(r.Method):
		f.malformed = "no method"
	case connect && (f.scheme || r.Path != nil || len(r.Host) == 0):
		f.malformed = "CONNECT that is none"
	case connect && !message.ValidHost(string(r.Host)):
		f.malformed = "host that is none"
	case connect:
	case !f.scheme || len(r.Path) == 0:
		f.malformed = "no scheme or path"
	case r.Path[0] != '/' && string(r.Path) != "*", !visible(r.Path), !visible(r.Query):
		f.malformed = "path that is none"
	case !message.ValidHost(string(r.Host)), !message.ValidHost(f.host):
		f.malformed = "host that is none" // RFC 9113 §8.3.1
	case r.Host == nil && f.host != "":
		r.Host = r.keep(f.host)
	case f.host != "" && !strings.EqualFold(string(r.Host), f.host):
		f.malformed = "two hosts"
	}
}

// keep copies s to where it stays until the next request is read.
func (r *Request) keep(s string) []byte {
	if r.scratch == nil || cap(r.scratch)-len(r.scratch) < len(s) { // what is empty is not absent
		r.scratch = make([]byte, 0, max(1<<10, len(s))) // what was kept stays where it is
	}
	at := len(r.scratch)
	r.scratch = append(r.scratch, s...)
	return r.scratch[at:len(r.scratch):len(r.scratch)]
}

// validName reports whether a name may stand in HTTP/2 (RFC 9113 §8.2.1, RFC 9110 §5.1).
func validName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if !nameByte[name[i]] {
			return false
		}
	}
	return true
}

var nameByte = func() (t [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
		t[c] = true
	}
	return t
}()

func validMethod(method []byte) bool {
	for _, c := range method {
		if !nameByte[c] && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// validValue reports whether a value may stand in HTTP/2 (RFC 9113 §8.2.1, RFC 9110 §5.5).
func validValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return v == "" || !blank(v[0]) && !blank(v[len(v)-1])
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// visible reports whether b has no space, which no target has.
func visible(b []byte) bool {
	for _, c := range b {
		if c <= ' ' {
			return false
		}
	}
	return true
}

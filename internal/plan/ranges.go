package plan

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/salver-http/salver/internal/semantics"
)

// partial answers with parts of rep (RFC 9110 §15.3.7), or returns nil when that
// would be longer than the whole.
func partial(rep *representation, ranges []semantics.Range) *Response {
	p := newResponse(206)
	if len(ranges) == 1 {
		p.describe(rep, rep.mediaType)
		p.add("Content-Range", contentRange(ranges[0], rep.length))
		p.setLength(ranges[0].Length())
		p.piece[0] = Piece{First: ranges[0].First, Length: p.Length}
		p.Pieces = p.piece[:]
		return p
	}
	boundary := boundaryOf(rep, ranges)
	var length int64
	for i, g := range ranges {
		heading := fmt.Appendf(nil, "\r\n--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n", boundary, rep.mediaType, contentRange(g, rep.length))
		if i == 0 {
			heading = heading[2:]
		}
		length += int64(len(heading)) + g.Length()
		if length > rep.length {
			return nil
		}
		p.Pieces = append(p.Pieces, Piece{Bytes: heading, Length: int64(len(heading))}, Piece{First: g.First, Length: g.Length()})
	}
	end := []byte("\r\n--" + boundary + "--\r\n")
	p.Pieces = append(p.Pieces, Piece{Bytes: end, Length: int64(len(end))})
	length += int64(len(end))
	if length > rep.length {
		return nil
	}
	p.describe(rep, "multipart/byteranges; boundary="+boundary)
	p.setLength(length)
	return p
}

func contentRange(g semantics.Range, complete int64) string {
	b := append([]byte(nil), "bytes "...)
	b = strconv.AppendInt(b, g.First, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, g.Last, 10)
	b = append(b, '/')
	return string(strconv.AppendInt(b, complete, 10))
}

// boundarySeed makes boundaries that the author of a file cannot foresee and put
// into its content (RFC 2046 §5.1.1).
var boundarySeed = rand.Text()

// boundaryOf is the same for the same answer, so that HEAD, GET and all lanes agree.
func boundaryOf(rep *representation, ranges []semantics.Range) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d %v", boundarySeed, rep.validators.Tag, rep.length, ranges))
	return hex.EncodeToString(sum[:16])
}

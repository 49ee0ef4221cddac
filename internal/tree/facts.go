package tree

import (
	"io"
	"strconv"

	"github.com/salver-http/salver/internal/semantics"
)

const (
	// HashLimit is the largest content, in bytes, whose entity tag is a hash of
	// it, so that replicas and redeploys agree. Above, the tag is of size and
	// modification time.
	HashLimit = 8 << 20
	// sampleLimit is how much of larger content is looked at.
	sampleLimit = 1 << 20
)

// Facts are what only a file's content tells.
type Facts struct {
	// Tag is the entity tag of the content itself, uncoded (RFC 9110 §8.8.3);
	// "" when none can be had.
	Tag semantics.Tag
	// UTF8 says that the content is valid UTF-8; above HashLimit that its first MiB is.
	UTF8 bool
	// Modified is the file's modification time as an HTTP-date, "" when not known.
	Modified string
	// Gzip says that the content begins as a gzip file does (RFC 1952 §2.3.1).
	Gzip bool

	digest string
}

// Digest is what tells the content from any other, "" when that is not known.
func (f *Facts) Digest() string { return f.digest }

// Facts examines f, or remembers what it found when it did. When it has just read
// the whole content into buf, content is that part of buf, else nil. The error is
// ErrChanged when the file was written meanwhile: open it again. The facts may be shared, and are not
// to be changed.
func (t *Tree) Facts(f *File, buf []byte) (facts *Facts, content []byte, err error) {
	if facts := t.facts.get(f.key, f.Stamp); facts != nil {
		f.digest = facts.digest
		return facts, nil, nil
	}
	return t.find(f, buf)
}

// find is Facts of a file of which nothing is remembered.
func (t *Tree) find(f *File, buf []byte) (facts *Facts, content []byte, err error) {
	trusted := f.frozen || f.Stamp.settled(t.now())
	e, sample := newExamination(), false
	switch {
	case f.Stamp.Size <= int64(len(buf)):
		content = buf[:f.Stamp.Size]
		err = e.readInto(content, f)
	case f.Stamp.Size <= HashLimit || f.frozen:
		err = e.readAll(f, f.Stamp.Size)
	default:
		sample, err = true, e.readAll(f, sampleLimit)
		e.forgetCut()
	}
	if err != nil {
		return nil, nil, err
	}
	facts = e.facts()
	if sample {
		facts.Tag, facts.digest = statTag(f.Stamp, trusted), ""
	}
	if !f.frozen {
		after, err := f.h.stat()
		if err != nil {
			return nil, nil, err
		}
		// What has only grown was read as it was opened.
		if after != f.Stamp && after.Size <= f.Stamp.Size {
			return nil, nil, ErrChanged
		}
	}
	f.digest = facts.digest
	if f.Stamp.MTime != (Instant{}) {
		facts.Modified = semantics.FormatDate(f.Stamp.MTime.Time())
	}
	if trusted {
		t.facts.put(f.key, f.Stamp, facts)
	}
	return facts, content, nil
}

// statTag is the tag of content too large to hash: weak while a second change
// could hide behind the same modification time (RFC 9110 §8.8.1).
func statTag(s Stamp, trusted bool) semantics.Tag {
	if s.MTime == (Instant{}) && s.CTime == (Instant{}) {
		return ""
	}
	b := strconv.AppendInt(nil, s.Size, 36)
	b = append(b, '-')
	b = strconv.AppendInt(b, s.MTime.Sec, 36)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(s.MTime.Nsec), 36)
	tag := semantics.StrongTag(string(b))
	if !trusted {
		tag = tag.Weakened()
	}
	return tag
}

// digest is what the entity tag of the first length bytes of r is made of.
func digest(r io.ReaderAt, length int64) (string, error) {
	e := newExamination()
	if err := e.readAll(r, length); err != nil {
		return "", err
	}
	return e.facts().digest, nil
}

package htpasswd

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	keptFor   = 5 * time.Minute // since the hash was computed
	keptPairs = 4096
)

// pair stands for a user and a password, and tells neither.
type pair [sha256.Size]byte

// pairOf needs a user without NUL, which ends it.
func pairOf(user, password string) (p pair) {
	m := hmac.New(sha256.New, secret)
	m.Write(append(append(append(make([]byte, 0, 128), user...), 0), password...))
	m.Sum(p[:0])
	return p
}

// pairs holds pairs that were right. The zero pairs is empty.
type pairs struct {
	mu    sync.Mutex
	until map[pair]time.Time
	order []pair // as they came; at most keptPairs, then a ring
	next  int    // the oldest of the ring
}

func (p *pairs) has(key pair, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.until[key]
	return ok && now.Before(until)
}

// add remembers a pair, and forgets the oldest where there are too many.
func (p *pairs) add(key pair, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = map[pair]time.Time{}
	}
	_, again := p.until[key]
	p.until[key] = now.Add(keptFor)
	switch {
	case again: // it keeps its place
	case len(p.order) < keptPairs:
		p.order = append(p.order, key)
	default:
		delete(p.until, p.order[p.next])
		p.order[p.next] = key
		p.next = (p.next + 1) % keptPairs
	}
}

package tree

import "sync"

// factKey names a file whose facts are remembered: by device and inode where there
// are such, else by name.
type factKey struct {
	dev, ino uint64
	name     string
}

func keyOf(name string, s Stamp) factKey {
	if s.Ino != 0 {
		return factKey{dev: s.Dev, ino: s.Ino}
	}
	return factKey{name: name}
}

// generation is how many facts are kept young; as many again are kept old. A fact
// takes about 200 bytes.
const generation = 16 << 10

// memory remembers facts for as long as stamps stay the same. When the young
// generation is full it becomes the old one, which is dropped: what is asked for
// moves back among the young. The zero memory is ready; it may be used concurrently.
type memory struct {
	mu         sync.Mutex
	young, old map[factKey]remembered // guarded by mu
}

type remembered struct {
	stamp Stamp
	facts Facts
}

func (m *memory) get(k factKey, s Stamp) (Facts, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.young[k]
	if !ok {
		if r, ok = m.old[k]; ok && r.stamp == s {
			m.add(k, r)
		}
	}
	if !ok || r.stamp != s {
		return Facts{}, false
	}
	return r.facts, true
}

func (m *memory) put(k factKey, s Stamp, f Facts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(k, remembered{s, f})
}

func (m *memory) add(k factKey, r remembered) {
	if m.young == nil || len(m.young) >= generation {
		m.young, m.old = make(map[factKey]remembered), m.young
	}
	m.young[k] = r
}

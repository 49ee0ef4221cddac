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

// memory remembers what was found out of files for as long as stamps stay the same. When the young
// generation is full it becomes the old one, which is dropped: what is asked for
// moves back among the young. The zero memory is ready; it may be used concurrently.
type memory[V any] struct {
	mu         sync.Mutex
	young, old map[factKey]remembered[V] // guarded by mu
}

type remembered[V any] struct {
	stamp Stamp
	value V
}

func (m *memory[V]) get(k factKey, s Stamp) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.young[k]
	if !ok {
		if r, ok = m.old[k]; ok && r.stamp == s {
			m.add(k, r)
		}
	}
	if !ok || r.stamp != s {
		return v, false
	}
	return r.value, true
}

func (m *memory[V]) put(k factKey, s Stamp, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(k, remembered[V]{s, v})
}

func (m *memory[V]) add(k factKey, r remembered[V]) {
	if m.young == nil || len(m.young) >= generation {
		m.young, m.old = make(map[factKey]remembered[V]), m.young
	}
	m.young[k] = r
}

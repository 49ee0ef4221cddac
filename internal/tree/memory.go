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
// moves back among the young. What it holds is shared, and is not to be changed: it is passed on
// by reference, since every connection keeps the stack that it once needed. The zero memory is
// ready; it may be used concurrently.
type memory[V any] struct {
	mu         sync.Mutex
	young, old map[factKey]*remembered[V] // guarded by mu
}

type remembered[V any] struct {
	stamp Stamp
	value *V
}

// get returns what is known of the file as long as its stamp is s, else nil.
func (m *memory[V]) get(k factKey, s Stamp) *V {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.young[k]
	if r == nil {
		if r = m.old[k]; r != nil && r.stamp == s {
			m.add(k, r)
		}
	}
	if r == nil || r.stamp != s {
		return nil
	}
	return r.value
}

func (m *memory[V]) put(k factKey, s Stamp, v *V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(k, &remembered[V]{s, v})
}

func (m *memory[V]) add(k factKey, r *remembered[V]) {
	if m.young == nil || len(m.young) >= generation {
		m.young, m.old = make(map[factKey]*remembered[V]), m.young
	}
	m.young[k] = r
}

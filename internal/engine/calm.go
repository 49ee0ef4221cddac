package engine

import "time"

const (
	// borne is how many troubles a client may make at once, and forgiven how many of them
	// are forgotten in a second.
	borne    = 1000
	forgiven = 100
	// relieving is for how many bytes of content that are taken one is forgotten: who opens
	// two windows for every KiB makes no trouble.
	relieving = 512
)

// calm counts what a client makes the server do without taking an answer: resets, pings,
// settings, empty frames and the like. All of these have a use now and then; no use has many.
type calm struct {
	troubles int
	at       time.Duration // up to when they were forgotten, by the engine's clock
}

// trouble adds n, and reports whether that is more than can be borne.
func (k *calm) trouble(n int, now time.Duration) bool {
	if k.troubles += n; k.troubles <= borne {
		return false
	}
	k.troubles -= int(min((now-k.at).Seconds(), 2*borne/forgiven) * forgiven)
	k.at = now
	k.troubles = max(k.troubles, -borne)
	return k.troubles > borne
}

// relief takes away n: the client takes what it has asked for.
func (k *calm) relief(n int) { k.troubles = max(k.troubles-n, -borne) }

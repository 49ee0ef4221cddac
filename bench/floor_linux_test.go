package main

import (
	"errors"
	"testing"
)

// TestFloor has the floor give every answer that it is asked for.
func TestFloor(t *testing.T) {
	chosen, err := choose(scenarios(), "1k,10k,100k,browser,304,sidecar")
	if err != nil {
		t.Fatal(err)
	}
	r := testRunner(t, chosen)
	c := contestant{peer: peers()[order("floor")]}
	c.command, err = (&builder{work: r.work}).buildFloor(t.Context())
	if errors.As(err, new(missing)) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range chosen {
		s := &chosen[i]
		p, err := r.start(s, &c)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		n, err := check(s, dialer{addr: p.addr}, r.site)
		p.stop()
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		// As others send: more would not be the least.
		if s.name == "304" && (n < 100 || n > 300) {
			t.Errorf("a 304 takes %d bytes", n)
		}
	}
}

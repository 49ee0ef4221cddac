package main

import (
	"strings"
	"testing"
	"time"
)

func TestProgressText(t *testing.T) {
	for _, c := range []struct {
		done, total int64
		columns     int
		want        string
	}{
		{0, 1 << 20, 80, "[........................................]    0 %  0 B of 1.0 MiB"},
		{1 << 19, 1 << 20, 80, "[####################....................]   50 %  512 KiB of 1.0 MiB"},
		{1 << 20, 1 << 20, 80, "[########################################]  100 %  1.0 MiB of 1.0 MiB"},
		{1 << 19, 1 << 20, 40, "[#####.....]   50 %  512 KiB of 1.0 MiB"},
		{1 << 19, 1 << 20, 6, " 50 %"},
		{1 << 19, 1 << 20, 1, ""},
		{1 << 19, 1 << 20, 0, ""},
		{0, 0, 80, "[........................................]    0 %  0 B of 0 B"},
	} {
		if got := progressText(c.done, c.total, c.columns); got != c.want {
			t.Errorf("progressText(%d, %d, %d) = %q, want %q", c.done, c.total, c.columns, got, c.want)
		}
	}
}

func TestProgressLine(t *testing.T) {
	var b strings.Builder
	now := time.Unix(0, 0)
	l := &progressLine{w: &b, width: func() int { return 20 }, now: func() time.Time { return now }}
	l.clear()
	for i := range int64(100) {
		l.show(i, 100)
		now = now.Add(redraw / 10)
	}
	l.show(100, 100)
	l.clear()
	want := ""
	for _, line := range []string{"  0 %  0 B of 100 B", " 10 %  10 B of 100 ", " 20 %  20 B of 100 ", " 30 %  30 B of 100 ", " 40 %  40 B of 100 ", " 50 %  50 B of 100 ", " 60 %  60 B of 100 ", " 70 %  70 B of 100 ", " 80 %  80 B of 100 ", " 90 %  90 B of 100 ", "100 %  100 B of 100", ""} {
		want += "\r" + line + "\x1b[K"
	}
	if b.String() != want {
		t.Errorf("shown: %q\nwant:  %q", b.String(), want)
	}
	l = &progressLine{now: time.Now}
	l.show(1, 2)
	l.clear()
}

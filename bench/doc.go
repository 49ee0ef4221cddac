// Package bench measures what a request costs the server in CPU time, side by side
// with http.FileServer in one run:
//
//	go test ./bench -run - -bench Lane -benchtime 1x
//
// Each server is a process of its own with one processor; they are visited in turn,
// round after round, so that a drift of the machine hits both alike. The figure to
// trust is the ratio, which is the median over the rounds.
package bench

//go:build !unix

package engine

import "math"

func connLimit() int { return math.MaxInt32 }

package accesslog

// colors are the SGR sequences (ECMA-48 §8.3.117) of a line, all empty for none.
type colors struct {
	good, other, bad, worse string // by class of the status: 2xx, 1xx and 3xx, 4xx, 5xx
	dim, reset              string
}

var (
	noColors       colors
	terminalColors = colors{
		good: "\x1b[32m", other: "\x1b[36m", bad: "\x1b[33m", worse: "\x1b[31m",
		dim: "\x1b[2m", reset: "\x1b[0m",
	}
)

func (c *colors) ofStatus(status int) string {
	switch {
	case status >= 500:
		return c.worse
	case status >= 400:
		return c.bad
	case status >= 200 && status < 300:
		return c.good
	}
	return c.other
}

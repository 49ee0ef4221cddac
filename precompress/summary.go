package precompress

// Summary counts what a run did, or with Check would have done.
type Summary struct {
	Files   int // of types worth compressing, of MinSize and more
	Failed  int // files and directories with an error
	Codings []CodingSummary
	// Temporaries are what killed runs had left, and was removed.
	Temporaries int
}

// CodingSummary counts the sidecars of one coding.
type CodingSummary struct {
	Coding     string // as HTTP names it
	Written    int
	UpToDate   int
	Removed    int
	LeftAlone  int // newer than their source, or no regular files
	Unshrunken int // files that have none, since they would not be shorter
	// Before and After are the lengths, in bytes, of the sources and of their sidecars, of
	// those that were written and those that were up to date.
	Before, After int64
}

// Written is how many sidecars were written.
func (s *Summary) Written() int {
	return s.sum(func(c *CodingSummary) int { return c.Written })
}

// UpToDate is how many sidecars were up to date.
func (s *Summary) UpToDate() int {
	return s.sum(func(c *CodingSummary) int { return c.UpToDate })
}

// Removed is how many sidecars were removed.
func (s *Summary) Removed() int {
	return s.sum(func(c *CodingSummary) int { return c.Removed })
}

// LeftAlone is how many sidecars of others were left alone.
func (s *Summary) LeftAlone() int {
	return s.sum(func(c *CodingSummary) int { return c.LeftAlone })
}

func (s *Summary) sum(of func(*CodingSummary) int) (n int) {
	for i := range s.Codings {
		n += of(&s.Codings[i])
	}
	return n
}

// Saved is by how much the sidecars are shorter than their sources, from 0 to 1.
func (c *CodingSummary) Saved() float64 {
	if c.Before == 0 {
		return 0
	}
	return 1 - float64(c.After)/float64(c.Before)
}

// add counts a sidecar that there is now.
func (c *CodingSummary) add(before, after int64) {
	c.Before += before
	c.After += after
}

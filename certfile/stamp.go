package certfile

import "github.com/salver-http/salver/internal/filestamp"

// stamps returns those of both files. Where there is one file its stamp counts twice.
func (p *Pair) stamps() (all [2]filestamp.Stamp) {
	all[0] = filestamp.Of(p.Cert)
	if all[1] = all[0]; p.Key != "" {
		all[1] = filestamp.Of(p.Key)
	}
	return all
}

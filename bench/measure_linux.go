package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// runner measures scenarios.
type runner struct {
	rounds      int
	visit       time.Duration
	warm        time.Duration // a load that is not counted, before the rounds
	site, work  string
	identity    identity // for what is over TLS
	serverCPU   int
	loadCPU     int
	idle        int           // so many connections are left alone
	rest        time.Duration // for so long
	load        loader
	contestants []contestant
	salverHelp  string
	leftOut     []omission
	started     int
	meter       meter
}

// measure visits all who take part, in turn, round after round. It returns nil when
// there is nothing to measure; leftOut says why.
func (r *runner) measure(ctx context.Context, s *scenario) (*result, error) {
	var entrants []*entrant
	for _, c := range r.contestants {
		if !slices.Contains(s.peers, c.name) {
			continue
		}
		if c.name == "salver" && s.proto.encrypted() {
			if flag := lacks(r.salverHelp, []string{"--tls-cert", "--tls-key"}); flag != "" {
				r.leaveOut(s, c.name, "salver --help does not know "+flag)
				continue
			}
		}
		entrants = append(entrants, &entrant{contestant: c, row: row{Server: c.name}})
	}
	if s.base != "" {
		if !slices.ContainsFunc(entrants, func(e *entrant) bool { return e.name == "salver" }) {
			r.leaveOut(s, "", "salver does not take part")
			return nil, nil
		}
		if flag := lacks(r.salverHelp, s.flags); flag != "" {
			r.leaveOut(s, "", "salver --help does not know "+flag)
			return nil, nil
		}
	}
	r.meter = meter{}
	var err error
	if s.kind == perRequest || s.kind == perGiB {
		err = r.loadAll(ctx, s, entrants)
	} else {
		err = r.startAll(ctx, s, entrants)
	}
	if err != nil {
		return nil, err
	}
	res := &result{
		Name: s.name, Groups: s.groups, Protocol: s.proto.alpn(), Title: s.title, Unit: s.kind.unit(),
		Reference: s.reference(), Base: s.base, Label: s.label,
		Others: r.meter.share(),
	}
	for _, e := range entrants {
		if len(e.row.Rounds) > 0 {
			res.Rows = append(res.Rows, e.row)
		}
	}
	if len(res.Rows) == 0 {
		r.leaveOut(s, "", "nobody was measured")
		return nil, nil
	}
	res.summarize()
	return res, nil
}

func (r *runner) leaveOut(s *scenario, server, reason string) {
	r.leftOut = append(r.leftOut, omission{Scenario: s.name, Server: server, Reason: reason})
}

// start starts a contestant for a scenario.
func (r *runner) start(s *scenario, c *contestant) (*process, error) {
	r.started++
	dir := filepath.Join(r.work, fmt.Sprintf("%03d", r.started))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	at := place{site: r.site, port: port, dir: dir, root: os.Geteuid() == 0, codings: s.codings, status: s.want.status}
	if s.proto.encrypted() {
		at.cert, at.key = r.identity.cert, r.identity.key
	}
	conf := ""
	if c.conf != nil {
		conf = filepath.Join(dir, "conf")
		if err := os.WriteFile(conf, []byte(c.conf(at)), 0o644); err != nil {
			return nil, err
		}
	}
	argv := slices.Clone(c.command)
	if c.name == "salver" {
		argv = append(argv, s.flags...)
		if !s.logs {
			argv = append(argv, "--quiet")
		}
	}
	argv = append(argv, c.arguments(at, conf)...)
	var env []string
	if c.env != nil {
		env = c.env(at)
	}
	return startServer(r.serverCPU, argv, env, dir, filepath.Join(dir, "said"), port)
}

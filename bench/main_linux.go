// Bench measures what an answer costs salver and other servers of files, side by side
// in one run:
//
//	go -C bench run .
//
// Each server is a process of its own on one processor, the load runs on another. They
// are visited in turn, round after round, so that a drift of the machine hits all alike.
// The figure to trust is the server's own CPU time for a request, user and system, as
// the median over the rounds; what is claimed is its ratio to nginx in the same run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if os.Getenv(serverVariable) == "net/http" {
		fmt.Fprintln(os.Stderr, serveFiles())
		os.Exit(1)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	o, err := parseOptions(os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run does what the options ask for.
func run(ctx context.Context, o options, out io.Writer) error {
	if o.from != "" {
		r, err := readReport(o.from)
		if err != nil {
			return err
		}
		r.keep(o.chosen, o.servers)
		return r.publish(o, out)
	}
	for _, name := range []string{o.json, o.chart} { // before minutes are spent
		if _, err := os.Stat(filepath.Dir(name)); err != nil {
			return fmt.Errorf("%s can't be written: %w", name, err)
		}
	}
	// The thread that starts a server must live as long as it (see startOn).
	runtime.LockOSThread()
	if o.sizes != "" {
		return compareSizes(ctx, o, out)
	}
	r, err := measureAll(ctx, o, out)
	if err != nil && ctx.Err() == nil {
		return err
	}
	if ctx.Err() != nil {
		if r != nil {
			fmt.Fprint(out, "\n", r.markdown())
		}
		return errors.New("ended before all was measured: no file was written")
	}
	return r.publish(o, out)
}

// publish prints the tables and writes what was asked for.
func (r *report) publish(o options, out io.Writer) error {
	fmt.Fprint(out, "\n", r.markdown(), r.caveats())
	if o.json != "" {
		if err := writeReport(o.json, r); err != nil {
			return err
		}
	}
	if o.chart == "" {
		return nil
	}
	svg, err := drawChart(r)
	if err != nil {
		return err
	}
	return os.WriteFile(o.chart, svg, 0o666)
}

// measureAll measures the chosen scenarios. When ctx ends it returns what it has.
func measureAll(ctx context.Context, o options, out io.Writer) (*report, error) {
	work, err := os.MkdirTemp("", "salver-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil { // some servers give up root's rights
		return nil, err
	}
	limit, err := raiseLimit()
	if err != nil {
		return nil, err
	}
	serverCPU, loadCPU, shared, err := findCPUs()
	if err != nil {
		return nil, err
	}
	loads := findLoads(ctx)
	chosen, unable := loads.able(o.chosen)
	if len(chosen) == 0 {
		return nil, errors.New("nothing can be measured: " + unable[0].Reason)
	}
	b := &builder{work: work, salver: o.salver}
	contestants, leftOut, err := b.assemble(ctx, chosen, o.servers)
	if err != nil {
		return nil, err
	}
	leftOut = append(unable, leftOut...)
	r := &runner{
		rounds: o.rounds, visit: o.visit(), warm: time.Second, site: filepath.Join(work, "site"), work: work,
		serverCPU: serverCPU, loadCPU: loadCPU, idle: min(idleConnections, limit-200), rest: idleRest, contestants: contestants, leftOut: leftOut,
	}
	r.load = loads.loader(work, r.site, loadCPU)
	if r.identity, err = newIdentity(work); err != nil {
		return nil, err
	}
	has := func(name string) bool {
		return slices.ContainsFunc(contestants, func(c contestant) bool { return c.name == name })
	}
	if o.chart != "" && !has("nginx") {
		return nil, errors.New("a chart shows ratios to nginx, which does not take part: install it, or leave out -chart")
	}
	if i := slices.IndexFunc(contestants, func(c contestant) bool { return c.name == "salver" }); i >= 0 {
		if r.salverHelp, err = output(ctx, append(slices.Clone(contestants[i].command), "--help")...); err != nil {
			return nil, err
		}
	}
	rep := &report{
		Machine:  describe(serverCPU, loadCPU, shared),
		Settings: settings{Rounds: o.rounds, Seconds: o.seconds, Connections: connections},
	}
	for _, c := range contestants {
		rep.Servers = append(rep.Servers, version{c.name, c.version})
	}
	rep.Settings.tell(loads, chosen)
	fmt.Fprint(out, rep.preface(leftOut))
	for _, name := range []string{"nginx", "h2o"} {
		if !has(name) && slices.ContainsFunc(chosen, func(s scenario) bool { return s.reference() == name }) {
			fmt.Fprintf(out, "%s does not take part: there are no ratios to it\n", name)
		}
	}

	if err := buildSite(r.site, chosen); err != nil {
		return nil, err
	}
	if err := pinSelf(loadCPU); err != nil {
		return nil, err
	}
	time.Sleep(settle)
	for i := range chosen {
		known := len(r.leftOut)
		res, err := r.measure(ctx, &chosen[i])
		for _, l := range r.leftOut[known:] {
			fmt.Fprintf(out, "\nleft out: %v\n", l)
		}
		if err != nil {
			rep.LeftOut = r.leftOut
			return rep, err
		}
		if res != nil {
			rep.Results = append(rep.Results, *res)
			fmt.Fprint(out, "\n", res.lines())
		}
	}
	rep.LeftOut = r.leftOut
	return rep, nil
}

// tell puts down who loads what was chosen.
func (s *settings) tell(l loads, chosen []scenario) {
	s.Load = "the program's own, as wrk is not installed"
	if l.wrk != "" {
		s.Load = l.wrkVersion
	}
	if slices.ContainsFunc(chosen, func(c scenario) bool { return c.byH2load() }) {
		s.TLSLoad, s.TLSConnections, s.InFlight = l.h2loadVersion, tlsConnections, inFlight
	}
}

// preface says what will be measured with what.
func (r *report) preface(leftOut []omission) string {
	var b strings.Builder
	m, s := r.Machine, r.Settings
	fmt.Fprintf(&b, "machine:  %s, Linux %s, %s\n", m.Processor, m.Kernel, m.Go)
	fmt.Fprintf(&b, "servers:  on processor %d, GOMAXPROCS=1\n", m.ServerCPU)
	fmt.Fprintf(&b, "load:     on processor %d, %d connections, %d s a visit, %s; %s\n", m.LoadCPU, s.Connections, s.Seconds, count(s.Rounds, "round"), s.Load)
	if s.TLSLoad != "" {
		fmt.Fprintf(&b, "          over TLS %d connections with %d requests at once on each, %s\n", s.TLSConnections, s.InFlight, s.TLSLoad)
	}
	if m.SharedCore {
		b.WriteString("          there is no second core for it: servers and load disturb each other\n")
	}
	for _, v := range r.Servers {
		fmt.Fprintf(&b, "  %-15s %s\n", v.Server, v.Version)
	}
	for _, l := range leftOut {
		fmt.Fprintf(&b, "left out: %v\n", l)
	}
	return b.String()
}

// describe tells what the machine is.
func describe(serverCPU, loadCPU int, shared bool) machine {
	m := machine{ServerCPU: serverCPU, LoadCPU: loadCPU, SharedCore: shared, Go: runtime.Version()}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	m.Processor = runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(text), "model name"); ok {
			line, _, _ := strings.Cut(rest, "\n")
			m.Processor = strings.TrimSpace(strings.TrimLeft(line, "\t :"))
		}
	}
	return m
}

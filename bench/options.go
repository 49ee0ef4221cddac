package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// options is the command line.
type options struct {
	rounds, seconds int
	chosen          []scenario
	servers         []string // nil is everyone
	json            string
	chart           string
	from            string
	salver          []string
	sizes           string
}

const usageText = `usage: go run . [flags], in bench/

It measures what an answer costs salver and other servers of files, side by side,
prints ratios and draws a chart. docs/performance.md says how it is done.

`

// parseOptions reads the command line, and writes help to out. Its error is for
// people, and flag.ErrHelp where they have asked for help.
func parseOptions(args []string, out io.Writer) (options, error) {
	var o options
	var only, servers, salver string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(io.Discard) // what is wrong is told once, by who calls
	f.IntVar(&o.rounds, "rounds", 5, "visit each server `N` times in each scenario")
	f.IntVar(&o.seconds, "seconds", 2, "load it for `N` seconds each time")
	f.StringVar(&only, "only", "", "only these scenarios, or groups of them: `NAME,...`")
	f.StringVar(&servers, "servers", "", "only these servers: `NAME,...`")
	f.StringVar(&salver, "salver", "", "measure this build of salver, a `COMMAND`, instead of the module beside")
	f.StringVar(&o.json, "json", "", "write all figures to this `FILE`")
	f.StringVar(&o.chart, "chart", "", "draw a chart, an SVG, into this `FILE`")
	f.StringVar(&o.sizes, "sizes", "", "compare the sizes of what is sent compressed instead, of the packages in `DIR`")
	f.StringVar(&o.from, "from", "", "measure nothing: take the figures of a `FILE` that -json wrote")
	all := scenarios()
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(out, usageText)
		f.SetOutput(out)
		f.PrintDefaults()
		io.WriteString(out, "\nscenarios: "+strings.Join(scenarioNames(all), ", ")+"\n")
		return o, err
	case err != nil:
		return o, fmt.Errorf("%w: -help lists the flags", err)
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag: -help lists them", f.Arg(0))
	case o.rounds < 1 || o.seconds < 1:
		return o, errors.New("-rounds and -seconds are 1 or more")
	case o.sizes != "" && (o.json != "" || o.chart != "" || o.from != "" || only != "" || servers != ""):
		return o, errors.New("-sizes goes with -salver alone: leave out the others")
	case o.from != "" && (o.json != "" || salver != ""):
		return o, errors.New("-from measures nothing: leave out -json and -salver")
	}
	if o.chosen, err = choose(all, only); err != nil {
		return o, err
	}
	if o.chart != "" && !slices.ContainsFunc(o.chosen, func(s scenario) bool {
		return s.reference() == "nginx" && !s.proto.encrypted()
	}) {
		return o, errors.New("a chart shows ratios to nginx without TLS, of which -only leaves none: leave out -chart, or choose others")
	}
	if o.servers, err = chooseServers(all, servers); err != nil {
		return o, err
	}
	o.salver = strings.Fields(salver)
	if len(o.salver) == 0 {
		o.salver = nil
	}
	return o, nil
}

func (o *options) visit() time.Duration { return time.Duration(o.seconds) * time.Second }

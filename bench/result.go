package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// report is all that a run has found out, as -json writes it and -from reads it.
type report struct {
	Machine  machine    `json:"machine"`
	Settings settings   `json:"settings"`
	Servers  []version  `json:"servers"`
	LeftOut  []omission `json:"left_out"`
	Results  []result   `json:"results"`
}

type machine struct {
	Processor  string `json:"processor"`
	Kernel     string `json:"kernel"`
	Go         string `json:"go"`
	ServerCPU  int    `json:"server_cpu"`
	LoadCPU    int    `json:"load_cpu"`
	SharedCore bool   `json:"shared_core"` // the two are not two cores
}

type settings struct {
	Rounds      int    `json:"rounds"`
	Seconds     int    `json:"seconds"`
	Connections int    `json:"connections"`
	Load        string `json:"load"` // what makes it
	// What makes it over TLS, on how many connections, with how many requests at once on each.
	TLSLoad        string `json:"tls_load,omitempty"`
	TLSConnections int    `json:"tls_connections,omitempty"`
	InFlight       int    `json:"in_flight,omitempty"`
}

type version struct {
	Server  string `json:"server"`
	Version string `json:"version"`
}

// omission is what was not measured, and why. Scenario or Server is empty where it
// is for all of them.
type omission struct {
	Scenario string `json:"scenario,omitempty"`
	Server   string `json:"server,omitempty"`
	Reason   string `json:"reason"`
}

func (o omission) String() string {
	switch {
	case o.Scenario == "":
		return o.Server + ": " + o.Reason
	case o.Server == "":
		return o.Scenario + ": " + o.Reason
	}
	return o.Scenario + ", " + o.Server + ": " + o.Reason
}

// result is one scenario.
type result struct {
	Name      string   `json:"name"`
	Groups    []string `json:"groups,omitempty"`
	Protocol  string   `json:"protocol,omitempty"` // over TLS, as ALPN has it; "" is without
	Title     string   `json:"title"`
	Unit      string   `json:"unit"`
	Reference string   `json:"reference"`
	Base      string   `json:"base,omitempty"` // which scenario it varies
	Label     string   `json:"label,omitempty"`
	// Others is the share of the two processors that went to none of the servers and
	// not to the load.
	Others float64 `json:"others,omitempty"`
	Rows   []row   `json:"servers"`
}

// row is one server in a scenario. Value, User, System and PerSecond are medians of
// the rounds; Ratio is of medians, Lowest and Highest are of a round each.
type row struct {
	Server    string   `json:"server"`
	Value     float64  `json:"value"`
	User      float64  `json:"user,omitempty"`
	System    float64  `json:"system,omitempty"`
	PerSecond float64  `json:"per_second,omitempty"`
	Ratio     float64  `json:"ratio,omitempty"`
	Lowest    float64  `json:"lowest,omitempty"`
	Highest   float64  `json:"highest,omitempty"`
	Length    int64    `json:"length,omitempty"` // of one answer on the wire
	Rounds    []sample `json:"rounds"`
	// Notes are what a reader has to know of the figure.
	Notes []string `json:"notes,omitempty"`
}

// sample is one visit to one server.
type sample struct {
	Round     int     `json:"round"`
	Value     float64 `json:"value"`
	User      float64 `json:"user,omitempty"`
	System    float64 `json:"system,omitempty"`
	PerSecond float64 `json:"per_second,omitempty"`
}

// summarize fills in what follows from the rounds.
func (r *result) summarize() {
	of := func(samples []sample, figure func(sample) float64) float64 {
		var v []float64
		for _, s := range samples {
			v = append(v, figure(s))
		}
		return median(v)
	}
	for i := range r.Rows {
		w := &r.Rows[i]
		w.Value = of(w.Rounds, func(s sample) float64 { return s.Value })
		w.User = of(w.Rounds, func(s sample) float64 { return s.User })
		w.System = of(w.Rounds, func(s sample) float64 { return s.System })
		w.PerSecond = of(w.Rounds, func(s sample) float64 { return s.PerSecond })
	}
	ref := r.row(r.Reference)
	if ref == nil {
		return
	}
	for i := range r.Rows {
		w := &r.Rows[i]
		w.Ratio = ratio(w.Value, ref.Value)
		w.Lowest, w.Highest = spread(w.Rounds, ref.Rounds)
	}
}

// row returns the row of a server, nil if it has none.
func (r *result) row(server string) *row {
	i := slices.IndexFunc(r.Rows, func(w row) bool { return w.Server == server })
	if i < 0 {
		return nil
	}
	return &r.Rows[i]
}

// result returns the result of a scenario, nil if there is none.
func (r *report) result(name string) *result {
	i := slices.IndexFunc(r.Results, func(s result) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Results[i]
}

// keep drops all results and rows but those of the chosen scenarios and servers;
// nil servers are all.
func (r *report) keep(chosen []scenario, servers []string) {
	r.Results = slices.DeleteFunc(r.Results, func(s result) bool {
		return !slices.ContainsFunc(chosen, func(c scenario) bool { return c.name == s.Name })
	})
	for i := range r.Results {
		r.Results[i].Rows = slices.DeleteFunc(r.Results[i].Rows, func(w row) bool {
			return servers != nil && !slices.Contains(servers, w.Server)
		})
	}
	r.Results = slices.DeleteFunc(r.Results, func(s result) bool { return len(s.Rows) == 0 })
}

func readReport(name string) (*report, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := new(report)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s is not what -json writes: %w", name, err)
	}
	return r, nil
}

func writeReport(name string, r *report) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o666)
}

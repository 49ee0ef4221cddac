package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// codedName is a script that is to be compressed, sidecarName one that was before.
	codedName   = "app.js"
	sidecarName = "sidecar/app.js"

	manyFiles   = 10000
	listedFiles = 200
	// manyTargets is how many of the many files are asked for, round and round.
	manyTargets = 4096
	// mixFiles is how many of them are asked for as those of one page.
	mixFiles = 100
)

// modified is when the files were last changed, as far as they say: long ago, so
// that no server takes them for fresh.
var (
	modified      = time.Date(2025, time.June, 1, 12, 0, 0, 0, time.UTC)
	modifiedField = modified.Format(http.TimeFormat)
)

// settle is how long a file has to rest until salver believes its stamp.
const settle = 2100 * time.Millisecond

func manyName(i int) string   { return fmt.Sprintf("many/f%05d.html", i) }
func listedName(i int) string { return fmt.Sprintf("f%03d.txt", i) }

// randomTargets is the same choice on every machine.
func randomTargets() []string {
	r := rand.New(rand.NewPCG(42, 42))
	targets := make([]string, manyTargets)
	for i := range targets {
		targets[i] = "/" + manyName(r.IntN(manyFiles))
	}
	return targets
}

// mixTargets are the first of the many files.
func mixTargets() []string {
	targets := make([]string, mixFiles)
	for i := range targets {
		targets[i] = "/" + manyName(i)
	}
	return targets
}

// filesOf is how many of the many files the scenarios ask for.
func filesOf(chosen []scenario) int {
	n := 0
	for _, s := range chosen {
		switch len(s.load.targets) {
		case manyTargets:
			n = manyFiles
		case mixFiles:
			n = max(n, mixFiles)
		}
	}
	return n
}

// buildSite makes the files that the scenarios ask for below dir. It is the same
// on every machine, the 1 GiB included.
func buildSite(dir string, chosen []scenario) error {
	// Some servers give up root's rights before they open files.
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(7, 7))
	for _, f := range []struct {
		name   string
		length int
	}{{"1k.html", 1 << 10}, {"10k.html", 10 << 10}, {"100k.js", 100 << 10}, {"4m.bin", 4 << 20}} {
		if err := writeWords(filepath.Join(dir, f.name), f.length, r); err != nil {
			return err
		}
	}
	has := func(test func(scenario) bool) bool { return slices.ContainsFunc(chosen, test) }
	if has(func(s scenario) bool { return s.want.names }) {
		for i := range listedFiles {
			if err := writeWords(filepath.Join(dir, "list", listedName(i)), 100, r); err != nil {
				return err
			}
		}
	}
	// Drawn apart, so that the first of them are as long whatever else was made.
	lengths := rand.New(rand.NewPCG(8, 8))
	for i := range filesOf(chosen) {
		// Log-normal, as the sizes of files in sites are: half are below 5 kB,
		// the mean is 10 kB.
		length := int(math.Exp(8.5 + 1.2*lengths.NormFloat64()))
		if err := writeWords(filepath.Join(dir, manyName(i)), min(max(length, 200), 200_000), r); err != nil {
			return err
		}
	}
	if has(func(s scenario) bool { return s.codings != noCodings }) {
		if err := writeScripts(dir); err != nil {
			return err
		}
	}
	if has(func(s scenario) bool { return s.kind == perGiB }) {
		if err := writeNoise(filepath.Join(dir, "1g.bin"), 1<<10, r); err != nil {
			return err
		}
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(name, modified, modified)
	})
}

// writeWords writes length bytes of words to a file.
func writeWords(name string, length int, r *rand.Rand) error {
	words := strings.Fields("static file <p> </p> function return const resource entity tag range")
	var b strings.Builder
	for b.Len() < length {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteByte(" \n"[r.IntN(10)/9])
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(b.String()[:length]), 0o644)
}

// writeScripts writes a script of 100 KiB to be compressed, and below another directory
// the same with what gzip -9 makes of it.
func writeScripts(dir string) error {
	text := []byte(scriptText(100<<10, rand.New(rand.NewPCG(11, 11))))
	var coded bytes.Buffer
	z, err := gzip.NewWriterLevel(&coded, gzip.BestCompression)
	if err != nil {
		return err
	}
	z.Write(text) // Close returns its error
	if err := z.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(sidecarName)), 0o755); err != nil {
		return err
	}
	for name, content := range map[string][]byte{codedName: text, sidecarName: text, sidecarName + ".gz": coded.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeNoise writes so many MiB of noise to a file, one MiB again and again.
func writeNoise(name string, mib int, r *rand.Rand) error {
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for range mib {
		w.Write(noise) // Flush returns its error
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

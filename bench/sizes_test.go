package main

import "testing"

func TestSizesTable(t *testing.T) {
	of := map[string]sizes{
		"a/1": {identity: 4000, nginx: 1000, first: []int64{1000, 900, 800, 900}, hot: []int64{990, 850, 700, 700}},
		"a/2": {identity: 400, nginx: 200, first: []int64{200, 200, 200, 200}, hot: []int64{210, 110, 20, 20}},
		"b/1": {identity: 100, nginx: 50, first: []int64{50, 50, 50, 50}, hot: []int64{50, 40, 25, 30}},
	}
	packs := []pack{{"a", []string{"a/1", "a/2"}}, {"b", []string{"b/1"}}}
	const want = `| bytes of content | files | as they are | nginx, gzip | salver, gzip | salver, zstd | salver, br | salver, gzip, deflate, br, zstd |
|---|---|---|---|---|---|---|---|
| a | 2 | 4,400 | 1,200 | 1,200, then 1,200 (1.00) | 1,100, then 960 (0.80) | 1,000, then 720 (0.60) | 1,100, then 720 (0.60) |
| b | 1 | 100 | 50 | 50, then 50 (1.00) | 50, then 40 (0.80) | 50, then 25 (0.50) | 50, then 30 (0.60) |
| all of them | 3 | 4,500 | 1,250 | 1,250, then 1,250 (1.00) | 1,150, then 1,000 (0.80) | 1,050, then 745 (0.60) | 1,150, then 750 (0.60) |
`
	if got := sizesTable(packs, of); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := sizesTable(packs[1:], of); len(got) == 0 || got == want {
		t.Errorf("of one package:\n%s", got)
	}
}

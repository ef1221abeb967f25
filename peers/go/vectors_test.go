package main

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// rows gives the cells of a table of vectors in docs/PROTOCOL.md, without the marks of code.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "<!-- vectors: "+name+" -->\n")
	var table [][]string
	for n, line := range strings.Split(rest, "\n") {
		if !found || !strings.HasPrefix(line, "|") {
			break
		}
		var row []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cell = strings.TrimSpace(cell)
			if len(cell) > 1 && cell[0] == '`' {
				// Of code the spaces inside count.
				cell = cell[1 : len(cell)-1]
			}
			row = append(row, cell)
		}
		if n > 1 {
			table = append(table, row)
		}
	}
	if len(table) == 0 {
		t.Fatalf("no vectors of %s", name)
	}
	return table
}

func number(t *testing.T, text string) uint64 {
	t.Helper()
	value, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func float(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func same(t *testing.T, got, due any, row []string) {
	t.Helper()
	if got != due {
		t.Errorf("%v: got %v, due %v", row, got, due)
	}
}

func near1(a, b uint64) bool { return a == b || a+1 == b || b+1 == a }

func TestWords(t *testing.T) {
	for _, row := range rows(t, "mix") {
		same(t, mix(number(t, row[0])), number(t, row[1]), row)
	}
	for _, row := range rows(t, "draw") {
		same(t, draw(number(t, row[0]), number(t, row[1]), number(t, row[2])), number(t, row[3]), row)
	}
	for _, row := range rows(t, "unit") {
		same(t, unit(number(t, row[0])), float(t, row[1]), row)
	}
	for _, row := range rows(t, "knead") {
		same(t, knead(number(t, row[0]), int(number(t, row[1]))), number(t, row[2]), row)
	}
	for _, row := range rows(t, "taste") {
		steps := [4]uint64{}
		for n := range steps {
			steps[n] = number(t, row[n])
		}
		same(t, taste(steps[0], steps[1], steps[2], steps[3]), number(t, row[4]), row)
	}
	for _, row := range rows(t, "answer") {
		same(t, pageAnswer(number(t, row[0]), int(number(t, row[1])), number(t, row[2])), number(t, row[3]), row)
	}
	for _, row := range rows(t, "fold") {
		var answers []uint64
		if err := json.Unmarshal([]byte(row[0]), &answers); err != nil {
			t.Fatal(err)
		}
		same(t, fold(answers), number(t, row[1]), row)
	}
	for _, row := range rows(t, "payload") {
		bytes := payload(int(number(t, row[1])))
		same(t, checksum(bytes), number(t, row[2]), row)
		same(t, number(t, row[0])+checksum(bytes), number(t, row[3]), row)
	}
	for _, row := range rows(t, "form") {
		text, err := json.Marshal(formOf(number(t, row[0])))
		if err != nil {
			t.Fatal(err)
		}
		same(t, string(text), row[1], row)
		same(t, uint64(crc32.ChecksumIEEE(text)), number(t, row[2]), row)
	}
}

func TestDistributions(t *testing.T) {
	for _, row := range rows(t, "quantity") {
		value, err := quantity(row[0], anyUnit)
		if row[1] == "refused" {
			same(t, err != nil, true, row)
		} else {
			same(t, value, number(t, row[1]), row)
		}
	}
	for _, row := range rows(t, "text") {
		found, err := parseSpread(row[0], anyUnit)
		same(t, err != nil, row[1] == "refused", row)
		if err == nil {
			again, err := parseSpread(row[1], anyUnit)
			same(t, err, nil, row)
			same(t, found, again, row)
		}
	}
	for _, row := range rows(t, "spread") {
		found, err := parseSpread(row[0], anyUnit)
		same(t, err, nil, row)
		got := found.value(number(t, row[1]), number(t, row[2]), number(t, row[3]))
		if !near1(got, number(t, row[4])) {
			t.Errorf("%v: got %d", row, got)
		}
	}
	if _, err := quantity("10", timeUnits); err == nil {
		t.Error("a time without a unit is taken")
	}
}

func TestDueTimes(t *testing.T) {
	for _, row := range rows(t, "due") {
		index := int(number(t, row[1]))
		same(t, dueOffsets(float(t, row[0]), index+1)[index], int64(number(t, row[2])), row)
	}
	for _, row := range rows(t, "planned") {
		index := int(number(t, row[4]))
		due := &due{Kind: row[0], Rate: float(t, row[1]), Seed: word(number(t, row[2])), Burst: int(number(t, row[3]))}
		if got := plannedStarts(due, index+1)[index]; !near1(uint64(got), number(t, row[5])) {
			t.Errorf("%v: got %d", row, got)
		}
	}
}

func TestLatencyLosesLessThanAThousandth(t *testing.T) {
	found := latencyOf([]int64{123_456_789, 0, 2047, 2049, 2048})
	same(t, found.MaxNs, int64(123_456_789), nil)
	same(t, fmt.Sprint(found.Counts[:3]), "[[0 1] [2047 1] [2048 2]]", nil)
	if off := 123_456_789 - found.Counts[3][0]; off < 0 || off > 123_456 {
		t.Errorf("off by %d", off)
	}
	if math.Abs(found.MeanNs-24_692_586.6) > 0.1 {
		t.Error(found.MeanNs)
	}
	same(t, peak([]int64{0, 5, 10}, []int64{10, 15, 20}), 2, nil)
}

package main

import (
	"math/bits"
	"sort"
)

// latency is a distribution of times, ns.
type latency struct {
	MeanNs float64 `json:"mean_ns"`
	MaxNs  int64   `json:"max_ns"`
	// Values rounded down to eleven significant bits, the width of HdrHistogram's buckets at
	// three significant digits, with how often each came.
	Counts [][2]int64 `json:"counts"`
}

func latencyOf(values []int64) latency {
	values = sorted(values)
	result := latency{MaxNs: values[len(values)-1]}
	var sum float64
	for _, value := range values {
		sum += float64(value)
		value = rounded(value)
		if last := len(result.Counts) - 1; last >= 0 && result.Counts[last][0] == value {
			result.Counts[last][1]++
		} else {
			result.Counts = append(result.Counts, [2]int64{value, 1})
		}
	}
	result.MeanNs = sum / float64(len(values))
	return result
}

func rounded(value int64) int64 {
	if shift := bits.Len64(uint64(value)) - 11; shift > 0 {
		return value >> shift << shift
	}
	return value
}

func sorted(values []int64) []int64 {
	copied := append([]int64{}, values...)
	sort.Slice(copied, func(i, j int) bool { return copied[i] < copied[j] })
	return copied
}

// peak is most orders in service at once.
func peak(starts, ends []int64) int {
	starts, ends = sorted(starts), sorted(ends)
	most, ended := 0, 0
	for begun, start := range starts {
		for ends[ended] <= start {
			ended++
		}
		if now := begun + 1 - ended; now > most {
			most = now
		}
	}
	return most
}

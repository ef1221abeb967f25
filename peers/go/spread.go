package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// spread is how a time or a size varies from order to order (docs/PROTOCOL.md, section 6).
type spread struct {
	kind string
	// Of fixed its value, of uniform both ends, of log-normal median and cap, of pareto least
	// value and cap.
	numbers [2]uint64
	// Sigma or alpha.
	shape float64
}

// value is that of an order on a lane and the one behind it.
func (s *spread) value(seed, id, lane uint64) uint64 {
	switch low, high := s.numbers[0], s.numbers[1]; s.kind {
	case "fixed":
		return low
	case "uniform":
		return low + scaled(draw(seed, id, lane), high-low+1)
	case "log-normal":
		radius := math.Sqrt(-2 * math.Log(unit(draw(seed, id, lane))))
		angle := 2 * math.Pi * unit(draw(seed, id, lane+1))
		return capped(float64(low)*math.Exp(s.shape*(radius*math.Cos(angle))), high)
	case "pareto":
		return capped(float64(low)/math.Pow(unit(draw(seed, id, lane)), 1/s.shape), high)
	}
	return 0
}

// greatest is the greatest value that may come.
func (s *spread) greatest() uint64 {
	if s.kind == "fixed" {
		return s.numbers[0]
	}
	return s.numbers[1]
}

func capped(value float64, most uint64) uint64 {
	if value >= float64(most) {
		return most
	}
	return uint64(value)
}

// kinds of quantities: what units a number may have.
type units int

const (
	anyUnit units = iota
	timeUnits
	sizeUnits
)

// parseSpread reads a distribution whose numbers have these units.
func parseSpread(text string, units units) (spread, error) {
	kind, rest, found := strings.Cut(text, ":")
	if !found {
		kind, rest = "fixed", text
	}
	parts := strings.Split(rest, ",")
	for n := range parts {
		parts[n] = strings.TrimSpace(parts[n])
	}
	if !found && parts[0] == "none" && len(parts) == 1 {
		return spread{kind: "none"}, nil
	}
	numbers, shapes := map[string]int{"fixed": 1, "uniform": 2, "log-normal": 3, "pareto": 3}, 0
	if count, known := numbers[kind]; !known || count != len(parts) {
		return spread{}, fmt.Errorf("'%s' is no distribution: none, fixed:V, uniform:LOW,HIGH, "+
			"log-normal:MEDIAN,SIGMA,CAP or pareto:MIN,ALPHA,CAP", text)
	}
	result := spread{kind: kind}
	for n, part := range parts {
		if len(parts) == 3 && n == 1 {
			most := map[string]float64{"log-normal": 10, "pareto": 100}[kind]
			shape, err := strconv.ParseFloat(part, 64)
			if err != nil || !(shape > 0 && shape <= most) {
				return spread{}, fmt.Errorf("'%s' in '%s' is not a number above 0, at most %v", part, text, most)
			}
			result.shape, shapes = shape, 1
			continue
		}
		number, err := quantity(part, units)
		if err != nil {
			return spread{}, err
		}
		result.numbers[n-shapes] = number
	}
	if kind == "uniform" && result.numbers[0] > result.numbers[1] {
		return spread{}, fmt.Errorf("'%s': the low end lies above the high end", text)
	}
	return result, nil
}

// quantity reads 10ms or 150kB, in ns or bytes.
func quantity(text string, units units) (uint64, error) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(c rune) bool { return !strings.ContainsRune("0123456789._", c) })
	if end < 0 {
		end = len(text)
	}
	unit := strings.TrimSpace(text[end:])
	scale, known := map[string]float64{"": 1, "ns": 1, "B": 1, "us": 1e3, "µs": 1e3, "kB": 1e3, "ms": 1e6, "MB": 1e6, "s": 1e9}[unit]
	if !known {
		return 0, fmt.Errorf("unknown unit '%s' in '%s': ns, us, ms, s, B, kB or MB", unit, text)
	}
	number, err := strconv.ParseFloat(strings.ReplaceAll(text[:end], "_", ""), 64)
	if err != nil {
		return 0, fmt.Errorf("'%s' is not a number with a unit, as in 10ms or 150kB", text)
	}
	value := math.Round(number * scale)
	isSize := unit == "B" || unit == "kB" || unit == "MB"
	switch {
	case number*scale > 1e15:
		return 0, fmt.Errorf("'%s' is absurdly large", text)
	case units == timeUnits && (isSize || unit == "" && value > 0):
		return 0, fmt.Errorf("'%s' is no time: give ns, us, ms or s", text)
	case units == sizeUnits && !isSize && unit != "":
		return 0, fmt.Errorf("'%s' is no size: B, kB or MB", text)
	}
	return uint64(value), nil
}

package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// usageError says that the request itself was at fault: a name, a parameter, a number.
type usageError struct{ line string }

func (e usageError) Error() string { return e.line }

func usage(format string, values ...any) error {
	return usageError{fmt.Sprintf(format, values...)}
}

// unable says that the protocol knows what was asked for, and this peer does not do it.
type unable struct{ reason string }

func (e unable) Error() string { return e.reason }

// unknown names what is not known, and what is.
func unknown(kind, word string, known []string) error {
	hint := ""
	for _, name := range known {
		if near(word, name) {
			hint = fmt.Sprintf("; did you mean '%s'?", name)
			break
		}
	}
	return usage("unknown %s '%.64s'%s (known: %s)", kind, word, hint, strings.Join(known, ", "))
}

// near tells whether one word becomes the other by at most two letters.
func near(a, b string) bool {
	if len(a) > 64 {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			least := before
			if a[i-1] != b[j-1] {
				least++
			}
			before = row[j]
			if row[j]+1 < least {
				least = row[j] + 1
			}
			if row[j-1]+1 < least {
				least = row[j-1] + 1
			}
			row[j] = least
		}
	}
	return row[len(b)] <= 2
}

// params is a scenario's parameters as written, with its name for messages. The first thing
// that is wrong with them is kept in err.
type params struct {
	name  string
	table map[string]any
	err   error
}

var sharedKeys = []string{"orders", "concurrency", "payload", "arrivals", "rate", "load", "burst", "delivery"}

func (p *params) refuse(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *params) bad(key string, allowed string) {
	p.refuse(usage("%s: %s = %.64s is not %s", p.name, key, fmt.Sprint(p.table[key]), allowed))
}

// refuseUnknown refuses a key that the workload does not have.
func (p *params) refuseUnknown(own ...string) {
	known := append(append([]string{}, sharedKeys...), own...)
	var keys []string
	for key := range p.table {
		keys = append(keys, key)
	}
	sort.Strings(keys)
next:
	for _, key := range keys {
		for _, name := range known {
			if key == name {
				continue next
			}
		}
		p.refuse(unknown("key of "+p.name, key, known))
	}
}

// whole is a whole number from low to high.
func (p *params) whole(key string, absent, low, high int) int {
	value, given := p.table[key]
	if !given {
		return absent
	}
	number, isNumber := value.(json.Number)
	whole, err := strconv.Atoi(string(number))
	if !isNumber || err != nil || whole < low || whole > high {
		p.bad(key, fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return whole
}

// number is checked to lie between low and high.
func (p *params) number(key string, low, high float64) {
	value, given := p.table[key]
	if !given {
		return
	}
	number, isNumber := value.(json.Number)
	if float, err := number.Float64(); !isNumber || err != nil || !(float >= low && float <= high) {
		p.bad(key, fmt.Sprintf("a number from %v to %v", low, high))
	}
}

// choice is one of these words, the first where it is absent.
func (p *params) choice(key string, words ...string) string {
	value, given := p.table[key]
	if !given {
		return words[0]
	}
	text, isText := value.(string)
	for _, word := range words {
		if text == word {
			return word
		}
	}
	if !isText {
		p.bad(key, "one of "+strings.Join(words, ", "))
	}
	p.refuse(unknown(key+" of "+p.name, text, words))
	return words[0]
}

// spread is a distribution of at most so much.
func (p *params) spread(key, absent string, units units, most uint64) spread {
	text := absent
	switch value := p.table[key].(type) {
	case nil:
	case string:
		text = value
	case json.Number:
		text = string(value)
	default:
		p.bad(key, "a distribution as in 'fixed:10ms'")
		return spread{}
	}
	found, err := parseSpread(text, units)
	if err != nil {
		p.refuse(usage("%s: %s: %v", p.name, key, err))
	} else if found.greatest() > most {
		p.bad(key, fmt.Sprintf("at most %d", most))
	}
	return found
}

func (p *params) times(key string, most uint64) spread {
	return p.spread(key, "none", timeUnits, most)
}

// shared is what every workload has, as far as it is a runner's business.
type shared struct {
	concurrency, payload int
	// Places in the ring of turns; 0 where results count as they complete.
	turns int
}

func (p *params) shared() shared {
	p.whole("orders", 1000, 1, 100_000_000)
	p.number("rate", 0, 1e7)
	p.number("load", 0, 10)
	p.whole("burst", 32, 1, 1_000_000)
	p.choice("arrivals", "closed", "shared", "constant", "poisson", "burst")
	s := shared{concurrency: p.whole("concurrency", 1, 1, 1_000_000), payload: p.whole("payload", 0, 0, 64<<20)}
	if p.choice("delivery", "as-completed", "in-order") == "in-order" {
		s.turns = s.concurrency
	}
	return s
}

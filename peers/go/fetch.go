package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fetching pages over HTTP/1.1: what is asked for, and how an answer is judged.

const tenMinutes = 600_000_000_000

// host is what requests to the mock server name as their host.
const host = "bakery.test"

var statuses = map[string]int{"GET": 200, "HEAD": 200, "PUT": 200, "DELETE": 204, "POST": 201}

// exchanger is a session of one of the clients.
type exchanger interface {
	session
	// exchange sends a request and takes in the whole response. The body is the session's.
	exchange(address, target string, body []byte) (status int, answer []byte, err error)
}

type fetch struct {
	method    string
	keepAlive bool
	size      spread
	hosts     int
	cap       int
	timeout   time.Duration
	addresses []string
	units     int
	connect   func(*fetch) (exchanger, error)

	sample  uint64
	pages   []page
	results []content
}

// page is one order.
type page struct {
	// Length of the body that is due.
	length int
	// What is posted; nil where nothing is.
	form *orderForm
}

// content is what came: the id that the answer is for, and a checksum or a receipt.
type content struct{ id, content uint64 }

func newFetch(p *params, client string, hosts []string) (*fetch, error) {
	p.refuseUnknown("method", "delay", "size", "fault", "hold", "connection", "hosts", "cap_per_host",
		"backend", "timeout", "accept", "errors")
	timeout := p.times("timeout", tenMinutes)
	f := &fetch{
		method:    p.choice("method", "GET", "HEAD", "PUT", "DELETE", "POST"),
		keepAlive: p.choice("connection", "keep-alive", "per-order") == "keep-alive",
		size:      p.spread("size", "128", sizeUnits, 1<<20),
		hosts:     p.whole("hosts", 1, 1, 64),
		cap:       p.whole("cap_per_host", 0, 0, 60_000),
		timeout:   time.Duration(timeout.greatest()),
		addresses: hosts,
		units:     p.shared().concurrency,
	}
	p.times("delay", tenMinutes)
	p.whole("hold", 0, 0, 1_000_000)
	p.choice("backend", "native", "wiremock")
	if fault, given := p.table["fault"]; given {
		kind, every, _ := strings.Cut(fmt.Sprint(fault), ":")
		count, err := strconv.Atoi(every)
		known := " status500 reset truncate silence drip "
		if err != nil || count < 1 || !strings.Contains(known, " "+kind+" ") {
			p.bad("fault", "KIND:N, as in reset:100")
		}
	}
	for _, key := range []string{"accept", "errors"} {
		if _, given := p.table[key]; given {
			p.refuse(usage("%s: %s is for a server that is not the mock server", p.name, key))
		}
	}
	if f.hosts > 1 && f.keepAlive {
		p.refuse(usage("%s: a unit keeps one connection alive, so hosts = %d needs connection = \"per-order\"", p.name, f.hosts))
	}
	if p.err != nil {
		return f, nil
	}
	switch client {
	case "wire":
		f.connect = newWire
	case "net-http":
		f.connect = newNetHTTP(f)
	default:
		return nil, unknown("client", client, []string{"wire", "net-http"})
	}
	return f, nil
}

// stations are the hosts' caps.
func (f *fetch) stations() []int {
	if f.cap == 0 {
		return nil
	}
	caps := make([]int, f.hosts)
	for n := range caps {
		caps[n] = f.cap
	}
	return caps
}

func (f *fetch) plan(sample, seed uint64, orders int) {
	f.sample, f.pages, f.results = sample, make([]page, orders), make([]content, orders)
	for index := range f.pages {
		id := uint64(index)
		switch f.method {
		case "GET":
			f.pages[index].length = int(f.size.value(seed, id, 2))
		case "PUT", "POST":
			f.pages[index].form = formOf(id)
		}
	}
}

// open opens a unit's connection and warms it up.
func (f *fetch) open() (session, error) {
	if given := len(f.addresses); given < f.hosts {
		return nil, fmt.Errorf("the runner was given no host number %d", given)
	}
	return f.connect(f)
}

func (f *fetch) order(kit *kit, session session, index int) error {
	if f.cap > 0 {
		// A timeout counts from the moment at which the host may be asked.
		station := kit.stations[index%f.hosts]
		since := station.take()
		defer station.leave(since)
	}
	page, id := &f.pages[index], strconv.Itoa(index)
	target := "/items/" + id + "?sample=" + strconv.FormatUint(f.sample, 10)
	var body []byte
	if page.form != nil {
		encoded, err := json.Marshal(page.form)
		if err != nil {
			return err
		}
		body = encoded
	}
	if f.method == "POST" {
		target = "/items?sample=" + strconv.FormatUint(f.sample, 10)
	}
	status, answer, err := session.(exchanger).exchange(f.addresses[index%f.hosts], target, body)
	if err != nil {
		if late, ok := err.(interface{ Timeout() bool }); ok && late.Timeout() && f.timeout > 0 {
			return fmt.Errorf("item %d: no whole response within %v", index, f.timeout)
		}
		return fmt.Errorf("item %d: %w", index, err)
	}
	return f.judge(index, page, status, answer)
}

// judge checks an answer and keeps its content.
func (f *fetch) judge(index int, page *page, status int, answer []byte) error {
	if due := statuses[f.method]; status != due {
		return fmt.Errorf("%s of item %d: status %d where %d was due", f.method, index, status, due)
	}
	if page.form != nil {
		var receipt struct {
			ID      uint64 `json:"id"`
			Receipt string `json:"receipt"`
		}
		if err := json.Unmarshal(answer, &receipt); err != nil {
			return fmt.Errorf("%s of item %d: the receipt is not the JSON that was due: %v", f.method, index, err)
		}
		number, err := strconv.ParseUint(receipt.Receipt, 16, 64)
		if err != nil {
			return fmt.Errorf("%s of item %d: receipt '%s': %v", f.method, index, receipt.Receipt, err)
		}
		f.results[index] = content{receipt.ID, number}
		return nil
	}
	if len(answer) != page.length {
		return fmt.Errorf("%s of item %d: %d bytes where %d were due", f.method, index, len(answer), page.length)
	}
	f.results[index] = content{uint64(index), checksum(answer)}
	return nil
}

func (f *fetch) answers() []uint64 {
	answers := make([]uint64, len(f.results))
	for index, came := range f.results {
		answers[index] = pageAnswer(came.id, statuses[f.method], came.content)
	}
	return answers
}

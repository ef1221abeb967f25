package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"
)

// The runner's side of the protocol, version 2: one JSON object a line (docs/PROTOCOL.md).

const (
	protocol    = 2
	longestLine = 1 << 20
)

// word is a 64-bit number in 1 to 16 hexadecimal digits.
type word uint64

func (w *word) UnmarshalJSON(text []byte) error {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	number, err := strconv.ParseUint(digits, 16, 64)
	if err != nil || len(digits) > 16 {
		return fmt.Errorf("'%s' is not 1 to 16 hexadecimal digits", digits)
	}
	*w = word(number)
	return nil
}

type prepare struct {
	Protocol   *int           `json:"protocol"`
	Workload   *string        `json:"workload"`
	Scenario   *string        `json:"scenario"`
	Model      *string        `json:"model"`
	Client     *string        `json:"client"`
	Params     map[string]any `json:"params"`
	Workers    *int           `json:"workers"`
	Class      string         `json:"class"`
	CPUs       []int          `json:"cpus"`
	Hosts      []string       `json:"hosts"`
	TargetPath *string        `json:"target_path"`
	TargetHost *string        `json:"target_host"`
	Trace      bool           `json:"trace"`
}

type sample struct {
	Sample  uint64 `json:"sample"`
	Orders  int    `json:"orders"`
	Seed    word   `json:"seed"`
	Due     *due   `json:"due"`
	Observe bool   `json:"observe"`
}

type due struct {
	Kind  string  `json:"kind"`
	Rate  float64 `json:"rate"`
	Seed  word    `json:"seed"`
	Burst int     `json:"burst"`
}

type ready struct {
	Protocol       int               `json:"protocol"`
	Versions       map[string]string `json:"versions"`
	Shape          string            `json:"shape"`
	Threads        *int              `json:"threads"`
	Processes      int               `json:"processes"`
	InFlight       int               `json:"in_flight"`
	CPUs           []int             `json:"cpus"`
	Descriptors    *uint64           `json:"descriptors"`
	MemoryBytes    *uint64           `json:"memory_bytes"`
	StartupNs      int64             `json:"startup_ns"`
	OverheadNs     *float64          `json:"overhead_ns"`
	ClockStepNs    int64             `json:"clock_step_ns"`
	NsPerIteration float64           `json:"ns_per_iteration"`
}

type measured struct {
	Sample                 uint64   `json:"sample"`
	Orders                 int      `json:"orders"`
	WallNs                 int64    `json:"wall_ns"`
	Service                latency  `json:"service"`
	Response               *latency `json:"response,omitempty"`
	PacerLateness          *latency `json:"pacer_lateness,omitempty"`
	BehindNs               *int64   `json:"behind_ns,omitempty"`
	PlannedNs              *int64   `json:"planned_ns,omitempty"`
	InFlightUntilLastStart *float64 `json:"in_flight_until_last_start,omitempty"`
	StartupNs              int64    `json:"startup_ns"`
	ShutdownNs             int64    `json:"shutdown_ns"`
	PeakInService          int      `json:"peak_in_service"`
	Answer                 string   `json:"answer"`
	Holds                  []hold   `json:"holds,omitempty"`
}

// errEnded says that the input has ended in the middle of a sample.
var errEnded = errors.New("the input has ended")

// runner is what the harness talks to.
type runner struct {
	lines  *bufio.Reader
	out    io.Writer
	cell   *cell
	failed bool
}

// cell is a model and a workload that have met.
type cell struct {
	work    workload
	kit     *kit
	shared  shared
	startup int64
}

// converse answers requests until stop or the end of the input, and gives the exit status.
func (r *runner) converse() int {
	for {
		line, err := r.read()
		if err != nil {
			if err != errEnded {
				fmt.Fprintln(os.Stderr, "bakeoff-go:", err)
				return 1
			}
			return 0
		}
		kind, reply, err := r.answer(line)
		if err == errEnded {
			return 0
		}
		if err != nil {
			var unable unable
			var usage usageError
			if errors.As(err, &unable) {
				kind, reply = "unable", map[string]any{"reason": unable.reason}
			} else {
				text := strings.Join(strings.Fields(err.Error()), " ")
				kind, reply = "error", map[string]any{"message": text, "usage": errors.As(err, &usage)}
			}
		}
		if r.say(kind, reply) != nil {
			return 1
		}
		if kind == "stopped" {
			return 0
		}
	}
}

// read is the next line that is not blank.
func (r *runner) read() ([]byte, error) {
	for {
		var line []byte
		for {
			part, err := r.lines.ReadSlice('\n')
			line = append(line, part...)
			if len(line) > longestLine {
				return nil, fmt.Errorf("a request of more than %d bytes", longestLine)
			}
			if err == nil {
				break
			}
			if err != bufio.ErrBufferFull {
				if len(line) == 0 || err != io.EOF {
					return nil, errEnded
				}
				break
			}
		}
		if !utf8.Valid(line) {
			return nil, errors.New("a request is not valid UTF-8")
		}
		if len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
	}
}

func (r *runner) say(kind string, fields any) error {
	line, err := json.Marshal(map[string]any{kind: fields})
	if err != nil {
		return err
	}
	_, err = r.out.Write(append(line, '\n'))
	return err
}

func notRequest(why any) error {
	return usage("not a request of protocol version %d: %v", protocol, why)
}

// message splits a request into its kind and its fields.
func message(line []byte) (string, json.RawMessage, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(line, &object); err != nil {
		return "", nil, notRequest(err)
	}
	if len(object) != 1 {
		return "", nil, notRequest("an object of one key was due")
	}
	for kind, fields := range object {
		return kind, fields, nil
	}
	panic("an object of one key has one")
}

// fields reads the fields of a request, and refuses those that it does not know.
func fields(text json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return notRequest(err)
	}
	return nil
}

func (r *runner) answer(line []byte) (string, any, error) {
	kind, text, err := message(line)
	if err != nil {
		return "", nil, err
	}
	switch kind {
	case "prepare":
		ready, err := r.prepare(text)
		return "ready", ready, err
	case "sample":
		measured, err := r.sample(text)
		return "sample", measured, err
	case "stop":
		start := now()
		if err := fields(text, &struct{}{}); err != nil {
			return "", nil, err
		}
		r.cell = nil
		return "stopped", map[string]int64{"shutdown_ns": now() - start}, nil
	case "go", "settle":
		return "", nil, usage("'%s' was asked for, and no sample is at its gate or closed", kind)
	}
	return "", nil, unknown("request", kind, []string{"prepare", "sample", "stop"})
}

func (r *runner) prepare(text json.RawMessage) (*ready, error) {
	start := now()
	var version struct {
		Protocol *int `json:"protocol"`
	}
	if err := json.Unmarshal(text, &version); err == nil && version.Protocol != nil && *version.Protocol != protocol {
		return nil, usage("protocol version %d was asked for; this runner speaks version %d", *version.Protocol, protocol)
	}
	var p prepare
	if err := fields(text, &p); err != nil {
		return nil, err
	}
	if p.Protocol == nil || p.Workload == nil || p.Scenario == nil || p.Model == nil || p.Client == nil ||
		p.Params == nil || p.Workers == nil {
		return nil, notRequest("a field is missing: protocol, workload, scenario, model, client, params or workers")
	}
	if *p.Workers < 1 || *p.Workers > 1024 {
		return nil, usage("'workers' is %d: ask for 1 to 1024", *p.Workers)
	}
	if *p.Model != "goroutines" {
		return nil, unknown("model", *p.Model, []string{"goroutines"})
	}
	if p.TargetPath != nil {
		return nil, unable{"the Go peer fetches from the mock server alone"}
	}
	r.cell, r.failed = nil, false
	// In class equal, goroutines are carried by as many threads as every other model has.
	if p.Class != "shipped" {
		runtime.GOMAXPROCS(*p.Workers)
	}
	var limit syscall.Rlimit
	var descriptors *uint64
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
		descriptors = &limit.Cur
		if limit.Cur >= 1<<53 {
			descriptors = nil
		}
	}
	table := &params{name: *p.Workload + "/" + *p.Scenario, table: p.Params}
	shared := table.shared()
	work, err := newWorkload(*p.Workload, *p.Client, table, p.Hosts)
	if err != nil {
		return nil, err
	}
	kit := newKit(work.stations(), shared.turns, p.Trace)
	r.cell = &cell{work, kit, shared, now() - start}
	return &ready{
		Protocol: protocol, Versions: map[string]string{"go": strings.TrimPrefix(runtime.Version(), "go")},
		Shape: "multiplexed", Processes: 1, InFlight: shared.concurrency, CPUs: affinity(),
		Descriptors: descriptors, StartupNs: now() - start,
		ClockStepNs: clockStep(), NsPerIteration: nsPerIteration(),
	}, nil
}

func (r *runner) sample(text json.RawMessage) (*measured, error) {
	if r.failed {
		return nil, usage("an earlier sample failed, and the model with it: 'prepare' it anew")
	}
	if r.cell == nil {
		return nil, usage("'sample' was asked for before 'prepare'")
	}
	request := &sample{}
	if err := fields(text, request); err != nil {
		return nil, err
	}
	if request.Orders < 1 || request.Orders > 100_000_000 {
		return nil, usage("'orders' of the sample is %d: ask for 1 to 100000000", request.Orders)
	}
	if request.Due != nil {
		if err := request.Due.check(request.Orders); err != nil {
			return nil, err
		}
	}
	batch := newBatch(request, r.cell.work, r.cell.kit, r.cell.shared, r)
	err := run(batch)
	if err == nil {
		var reply *measured
		if reply, err = batch.reply(); err == nil {
			return reply, nil
		}
	}
	r.failed = true
	return nil, err
}

func (d *due) check(orders int) error {
	switch d.Kind {
	case "shared", "constant", "poisson", "burst":
	default:
		return unknown("kind of 'due'", d.Kind, []string{"shared", "constant", "poisson", "burst"})
	}
	if !(d.Rate > 0 && d.Rate <= 1e7) {
		return usage("'rate' of 'due' is %v: ask for more than 0 and at most 10000000 orders per second", d.Rate)
	}
	if float64(orders)/d.Rate > 86_400 {
		return usage("%d orders at a 'rate' of %v per second take more than a day", orders, d.Rate)
	}
	if d.Burst == 0 && d.Kind != "burst" {
		d.Burst = 1
	}
	if d.Burst < 1 || d.Burst > 1_000_000 {
		return usage("'burst' of 'due' is %d: ask for 1 to 1000000", d.Burst)
	}
	return nil
}

// atGate says that all units stand at the gate, and waits to be told to open it.
func (r *runner) atGate(sample uint64) error {
	return r.await("gate", map[string]any{"sample": sample}, "go")
}

// closed says that the last order has ended, and waits until the process tree was looked at.
func (r *runner) closed(sample uint64, wall int64) error {
	return r.await("closed", map[string]any{"sample": sample, "wall_ns": wall}, "settle")
}

func (r *runner) await(kind string, say any, due string) error {
	if r.say(kind, say) != nil {
		return errEnded
	}
	line, err := r.read()
	if err != nil {
		return errEnded
	}
	got, text, err := message(line)
	if err == nil {
		err = fields(text, &struct{}{})
	}
	if err != nil || got != due {
		return usage("'%s' was asked for where '%s' was due", got, due)
	}
	return nil
}

// affinity is the CPUs that this process may use.
func affinity() []int {
	cpus := []int{}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return cpus
	}
	_, list, _ := strings.Cut(string(status), "Cpus_allowed_list:")
	list, _, _ = strings.Cut(list, "\n")
	for _, part := range strings.Split(strings.TrimSpace(list), ",") {
		first, last, isRange := strings.Cut(part, "-")
		low, err := strconv.Atoi(first)
		high := low
		if err == nil && isRange {
			high, err = strconv.Atoi(last)
		}
		if err != nil {
			return []int{}
		}
		for cpu := low; cpu <= high; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

// clockStep is the least step of the clock in some hundred readings, ns.
func clockStep() int64 {
	least := int64(1 << 40)
	before := now()
	for n := 0; n < 500; n++ {
		reading := now()
		if step := reading - before; step > 0 && step < least {
			least = step
		}
		before = reading
	}
	return least
}

// nsPerIteration is the price of one iteration of the bakery's arithmetic: the fastest of 40
// short loops.
func nsPerIteration() float64 {
	const iterations = 50_000
	least, sum := int64(1<<62), uint64(0)
	for seed := uint64(0); seed < 40; seed++ {
		start := now()
		sum += knead(seed, iterations)
		least = min(least, now()-start)
	}
	runtime.KeepAlive(sum)
	return float64(least) / iterations
}

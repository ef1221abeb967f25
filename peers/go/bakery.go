package main

import "fmt"

// The bakery: a cake is four steps, and stations have a limited number of places. Mixing comes
// before baking; frosting can be made at any time; frosting the cake needs both.

const anHour = 3_600_000_000_000

// task is one step of one cake: what its arithmetic begins with, how long that is, what it waits.
type task struct {
	seed       uint64
	iterations int
	wait       int64
}

type cake struct{ mix, bake, frosting, frost task }

// step is what a step costs in every cake.
type step struct {
	iterations int
	wait       spread
	lane       uint64
}

type bakery struct {
	jumps  bool
	places []int
	steps  [4]step
	cakes  []cake
	// What the steps of each cake gave.
	results [][4]uint64
}

func newBakery(p *params) *bakery {
	keys := []string{"style", "bakers", "mixers", "ovens", "tables"}
	names := [...]string{"mix", "bake", "frosting", "frost"}
	for _, name := range names {
		keys = append(keys, name+"_cpu", name+"_wait")
	}
	p.refuseUnknown(keys...)
	b := &bakery{jumps: p.choice("style", "stand-by", "jump") == "jump"}
	for _, name := range keys[1:5] {
		b.places = append(b.places, p.whole(name, 0, 0, 60_000))
	}
	for n, name := range names {
		b.steps[n] = step{p.whole(name+"_cpu", 0, 0, 2_000_000_000), p.times(name+"_wait", anHour), uint64(8 * n)}
	}
	if concurrency := p.shared().concurrency; !b.jumps {
		if b.places[0] > 0 && b.places[0] < concurrency {
			p.refuse(usage("%s: %d bakers who stand by cannot keep %d cakes open; set style=jump, or concurrency to at most the bakers",
				p.name, b.places[0], concurrency))
		}
		// Bakers who stand by are the units themselves.
		b.places[0] = 0
	}
	return b
}

func (b *bakery) stations() []int { return b.places }

func (b *bakery) plan(_, seed uint64, orders int) {
	b.cakes, b.results = make([]cake, orders), make([][4]uint64, orders)
	for index := range b.cakes {
		task := func(n int) task {
			step, id := &b.steps[n], uint64(index)
			return task{draw(seed, id, step.lane+2), step.iterations, int64(step.wait.value(seed, id, step.lane))}
		}
		b.cakes[index] = cake{task(0), task(1), task(2), task(3)}
	}
}

// idle is a session that holds nothing.
type idle struct{}

func (idle) close() {}

func (b *bakery) open() (session, error) { return idle{}, nil }

func (b *bakery) order(kit *kit, _ session, index int) error {
	cake := &b.cakes[index]
	bakers, mixers, ovens, tables := kit.stations[0], kit.stations[1], kit.stations[2], kit.stations[3]
	frost := func(task *task) uint64 {
		baker := bakers.take()
		table := tables.take()
		answer := labour(kit, task)
		tables.leave(table)
		bakers.leave(baker)
		return answer
	}

	var frosting uint64
	baker, early := bakers.take(), false
	mixer, had := int64(0), false
	if b.jumps {
		mixer, had = mixers.tryTake()
		if early = !had; early {
			// The jump: the line for a mixer is long, so the frosting comes first.
			table := tables.take()
			frosting = labour(kit, &cake.frosting)
			tables.leave(table)
		}
	}
	if !had {
		mixer = mixers.take()
	}
	mixed := labour(kit, &cake.mix)
	mixers.leave(mixer)
	bakers.leave(baker)

	oven := ovens.take()
	out := now() + cake.bake.wait
	baked := knead(cake.bake.seed, cake.bake.iterations)
	if !early {
		frosting = frost(&cake.frosting)
	}
	kit.sleepUntil(out)
	ovens.leave(oven)

	b.results[index] = [4]uint64{mixed, baked, frosting, frost(&cake.frost)}
	return nil
}

// labour is arithmetic and waiting, which overlap.
func labour(kit *kit, task *task) uint64 {
	done := now() + task.wait
	answer := knead(task.seed, task.iterations)
	if task.wait > 0 {
		kit.sleepUntil(done)
	}
	return answer
}

func (b *bakery) answers() []uint64 {
	answers := make([]uint64, len(b.results))
	for index, steps := range b.results {
		answers[index] = taste(steps[0], steps[1], steps[2], steps[3])
	}
	return answers
}

// nothing is orders that do nothing, or so many iterations of the bakery's arithmetic.
type nothing struct {
	iterations int
	results    []uint64
}

func newNothing(p *params) *nothing {
	p.refuseUnknown("iterations")
	return &nothing{iterations: p.whole("iterations", 0, 0, 2_000_000_000)}
}

func (n *nothing) stations() []int { return nil }

func (n *nothing) plan(_, _ uint64, orders int) { n.results = make([]uint64, orders) }

func (n *nothing) open() (session, error) { return idle{}, nil }

func (n *nothing) order(_ *kit, _ session, index int) error {
	n.results[index] = knead(uint64(index), n.iterations)
	return nil
}

func (n *nothing) answers() []uint64 { return n.results }

// newWorkload is the workload of that name.
func newWorkload(name, client string, p *params, hosts []string) (workload, error) {
	var work workload
	switch name {
	case "bakery":
		work = newBakery(p)
	case "nothing":
		work = newNothing(p)
	case "fetch":
		fetch, err := newFetch(p, client, hosts)
		if err != nil {
			return nil, err
		}
		work = fetch
	default:
		return nil, unknown("workload", name, []string{"bakery", "fetch", "nothing"})
	}
	if p.err != nil {
		return nil, fmt.Errorf("%w", p.err)
	}
	return work, nil
}

package main

import (
	"fmt"
	"sync"
	"time"
)

// The model: a goroutine for each unit, which ranges over a channel of indices. Stations are
// buffered channels.

// kit is what an order may use of the model: its stations and its timer.
type kit struct {
	stations []*station
	// A token goes around these, where results are handed on in order.
	turns []chan struct{}
	trace bool
}

// station is a channel that holds as many values as places are taken; nil for no limit.
type station struct {
	places chan struct{}
	number int
	// Stays that were noted, where there is a place for them.
	noted *holds
}

type holds struct {
	lock sync.Mutex
	all  []hold
}

// hold is a stay at a station.
type hold struct {
	Station int   `json:"station"`
	From    int64 `json:"from"`
	To      int64 `json:"to"`
}

func newKit(places []int, turns int, trace bool) *kit {
	k := &kit{trace: trace}
	for number, count := range places {
		s := &station{number: number}
		if count > 0 {
			s.places = make(chan struct{}, count)
			if trace {
				s.noted = &holds{}
			}
		}
		k.stations = append(k.stations, s)
	}
	for place := 0; place < turns; place++ {
		k.turns = append(k.turns, make(chan struct{}, 1))
	}
	return k
}

// take waits for a place; what it gives is given back to leave.
func (s *station) take() int64 {
	if s.places == nil {
		return 0
	}
	s.places <- struct{}{}
	return s.since()
}

// tryTake takes a place if one is free now.
func (s *station) tryTake() (since int64, had bool) {
	if s.places == nil {
		return 0, true
	}
	select {
	case s.places <- struct{}{}:
		return s.since(), true
	default:
		return 0, false
	}
}

func (s *station) since() int64 {
	if s.noted == nil {
		return 0
	}
	return now()
}

func (s *station) leave(since int64) {
	if s.places == nil {
		return
	}
	if s.noted != nil {
		to := now()
		s.noted.lock.Lock()
		s.noted.all = append(s.noted.all, hold{s.number, since, to})
		s.noted.lock.Unlock()
	}
	<-s.places
}

func (k *kit) takeHolds() []hold {
	all := []hold{}
	for _, station := range k.stations {
		if station.noted != nil {
			all = append(all, station.noted.all...)
			station.noted.all = nil
		}
	}
	return all
}

func (k *kit) sleepUntil(moment int64) {
	time.Sleep(time.Duration(moment - now()))
}

// resetTurns puts the token where it begins.
func (k *kit) resetTurns() {
	for _, turn := range k.turns {
		select {
		case <-turn:
		default:
		}
	}
	if len(k.turns) > 0 {
		k.turns[0] <- struct{}{}
	}
}

// takeTurn waits for an order's turn and passes it on, where there are turns.
func (k *kit) takeTurn(index int) {
	if places := len(k.turns); places > 0 {
		<-k.turns[index%places]
		k.turns[(index+1)%places] <- struct{}{}
	}
}

// run serves a batch: sessions, gate, orders, teardown.
func run(b *batch) error {
	b.kit.resetTurns()
	// With room for all of them neither the pacer nor anybody else ever waits to send.
	orders := make(chan int, len(b.starts))
	if b.planned == nil {
		for index := range b.starts {
			orders <- index
		}
		close(orders)
	}
	gate := make(chan struct{})
	var atGate, ended sync.WaitGroup
	atGate.Add(b.units)
	ended.Add(b.units)
	for n := 0; n < b.units; n++ {
		go func() {
			defer ended.Done()
			session, err := b.work.open()
			if err != nil {
				b.fail(fmt.Errorf("a unit could not open its session: %w", err))
				atGate.Done()
				return
			}
			defer session.close()
			atGate.Done()
			<-gate
			for index := range orders {
				b.serve(session, index)
			}
			<-b.over
		}()
	}
	atGate.Wait()
	if b.failed.Load() {
		return b.failure
	}
	if err := b.openGate(); err != nil {
		return err
	}
	close(gate)
	if b.planned != nil {
		go pace(b, orders)
	}
	<-b.over
	if b.failure != nil {
		// Some may wait for an answer that never comes: nobody waits for them.
		return b.failure
	}
	ended.Wait()
	return nil
}

package main

import (
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
)

// The generators that every runner shares (docs/PROTOCOL.md, section 6). Nothing here runs
// while a batch is measured, except for knead, which is the work of a cake.

// mix is SplitMix64's output function.
func mix(word uint64) uint64 {
	z := word + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// draw is the random word of an order's lane.
func draw(seed, index, lane uint64) uint64 {
	return mix(mix(mix(seed)^index) ^ lane)
}

// unit is a number in (0, 1] from 64 random bits.
func unit(word uint64) float64 {
	return float64(word>>11+1) / (1 << 53)
}

// scaled is word * span >> 64, with the product in 128 bits.
func scaled(word, span uint64) uint64 {
	high, _ := bits.Mul64(word, span)
	return high
}

// knead is the bakery's arithmetic: each iteration needs the one before.
//
//go:noinline
func knead(seed uint64, iterations int) uint64 {
	dough := seed
	for fold := uint64(0); fold < uint64(iterations); fold++ {
		dough = (dough^dough>>29)*0xbf58476d1ce4e5b9 ^ fold
	}
	return dough
}

// taste is a cake's answer, from those of its steps.
func taste(mixed, baked, frosting, frosted uint64) uint64 {
	return mix(mix(mix(mixed)^baked)^frosting) ^ frosted
}

// pageAnswer is a page's answer.
func pageAnswer(id uint64, status int, content uint64) uint64 {
	return mix(mix(id^uint64(status)<<48) ^ content)
}

// fold is all answers in one word, each bound to its index.
func fold(answers []uint64) uint64 {
	var sum uint64
	for index, answer := range answers {
		sum += mix(answer ^ mix(uint64(index)))
	}
	return sum
}

// payload is the bytes that travel with every order.
func payload(length int) []byte {
	bytes := make([]byte, length)
	for k := range bytes {
		bytes[k] = byte(mix(uint64(k/8)) >> (8 * (k % 8)))
	}
	return bytes
}

// checksum is the CRC-32 (IEEE) of bytes, 0 of none.
func checksum(bytes []byte) uint64 {
	return uint64(crc32.ChecksumIEEE(bytes))
}

// orderForm is what a client posts for an item.
type orderForm struct {
	ID       uint64   `json:"id"`
	Customer string   `json:"customer"`
	Layers   []string `json:"layers"`
	Candles  uint64   `json:"candles"`
}

func formOf(id uint64) *orderForm {
	flavours := [...]string{"vanilla", "chocolate", "lemon", "hazelnut"}
	form := &orderForm{ID: id, Customer: fmt.Sprintf("customer %08x", uint32(mix(id))), Candles: mix(id) % 100}
	for n := uint64(0); n <= mix(id)%4; n++ {
		form.Layers = append(form.Layers, flavours[mix(id^n)%4])
	}
	return form
}

// dueOffsets is how long after the gate each order may start at a shared rate, ns.
func dueOffsets(rate float64, orders int) []int64 {
	period := 1e9 / rate
	offsets := make([]int64, orders)
	for index := range offsets {
		offsets[index] = int64(float64(index) * period)
	}
	return offsets
}

// plannedStarts is when each order of an open loop is handed over, ns after the gate.
func plannedStarts(due *due, orders int) []int64 {
	period := 1e9 / due.Rate
	starts := make([]int64, orders)
	time := 0.0
	for index := range starts {
		switch due.Kind {
		case "constant":
			time = float64(index) * period
		case "burst":
			time = float64(index/due.Burst*due.Burst) * period
		default:
			// The product is rounded by itself: a fused one would differ in its last bit.
			step := math.Log(unit(draw(uint64(due.Seed), uint64(index), math.MaxUint64)))
			time -= float64(step * period)
		}
		starts[index] = 2_000_000 + int64(time)
	}
	return starts
}

import json
import unittest
import zlib

from bakeoff_peer import generators, spread
from bakeoff_peer.latency import latency

from .vectors import number, rows


class Vectors(unittest.TestCase):
    def each(self, name):
        found = rows(name)
        self.assertTrue(found, name)
        for row in found:
            with self.subTest(vectors=name, row=row):
                yield row

    def test_words(self):
        for word, mixed in self.each("mix"):
            self.assertEqual(generators.mix(number(word)), number(mixed))
        for seed, index, lane, drawn in self.each("draw"):
            self.assertEqual(generators.draw(number(seed), number(index), number(lane)), number(drawn))
        for bits, value in self.each("unit"):
            self.assertEqual(generators.unit(number(bits)), float(value))

    def test_quantities_and_distributions(self):
        for text, value in self.each("quantity"):
            if value == "refused":
                self.assertRaises(ValueError, spread.quantity, text)
            else:
                self.assertEqual(spread.quantity(text), number(value))
        for text, canonical in self.each("text"):
            if canonical == "refused":
                self.assertRaises(ValueError, spread.parse, text)
            else:
                self.assertEqual(str(spread.parse(text)), canonical)
        for text, seed, id, lane, value in self.each("spread"):
            got = spread.parse(text).value(number(seed), number(id), number(lane))
            # Mathematical libraries differ in their last bit.
            self.assertLessEqual(abs(got - number(value)), 1 if "-" in text or "pareto" in text else 0)
        self.assertRaises(ValueError, spread.time, "10")
        self.assertRaises(ValueError, spread.size, "10ms")

    def test_payload_and_fold(self):
        for before, length, checksum, after in self.each("payload"):
            payload = generators.payload(number(length))
            self.assertEqual(zlib.crc32(payload), number(checksum))
            self.assertEqual(generators.with_payload(number(before), zlib.crc32(payload)), number(after))
        for answers, folded in self.each("fold"):
            self.assertEqual(generators.fold(json.loads(answers)), number(folded))

    def test_due_times(self):
        for rate, index, after in self.each("due"):
            self.assertEqual(generators.due_offsets(float(rate), number(index) + 1)[-1], number(after))
        for kind, rate, seed, burst, index, after in self.each("planned"):
            starts = generators.planned_starts(kind, float(rate), number(seed), number(burst), number(index) + 1)
            self.assertLessEqual(abs(starts[-1] - number(after)), 1 if kind == "poisson" else 0)

    def test_orders(self):
        for seed, iterations, kneaded in self.each("knead"):
            self.assertEqual(generators.knead(number(seed), number(iterations)), number(kneaded))
        for *steps, tasted in self.each("taste"):
            self.assertEqual(generators.taste(*map(number, steps)), number(tasted))
        for id, text, checksum in self.each("form"):
            written = json.dumps(generators.form(number(id)), separators=(",", ":"))
            self.assertEqual(written, text)
            self.assertEqual(zlib.crc32(written.encode()), number(checksum))
        for id, status, content, answer in self.each("answer"):
            self.assertEqual(generators.answer(number(id), number(status), number(content)), number(answer))

    def test_items(self):
        for size, seed, id, _, length, begins, checksum in self.each("body"):
            seed, id = number(seed), number(id)
            body = generators.body(seed, id, spread.parse(size).value(seed, id, 2))
            self.assertEqual((len(body), body[:16].decode()), (number(length), begins))
            self.assertEqual(zlib.crc32(body), number(checksum))
        for seed, id, checksum, receipt in self.each("receipt"):
            self.assertEqual(generators.receipt(number(seed), number(id), number(checksum)), number(receipt))


class Latency(unittest.TestCase):
    def test_values_lose_less_than_a_thousandth(self):
        values = [0, 1, 2047, 2048, 2049, 123_456_789, 123_456_789]
        found = latency(values)
        self.assertEqual(found["max_ns"], 123_456_789)
        self.assertEqual(found["mean_ns"], sum(values) / len(values))
        counts = dict(map(tuple, found["counts"]))
        self.assertEqual(list(counts), sorted(counts))
        self.assertEqual((counts[2047], counts[2048]), (1, 2))
        self.assertTrue(0 <= 123_456_789 - max(counts) < 123_456)
        self.assertEqual(sum(counts.values()), len(values))
        self.assertIsNone(latency([]))

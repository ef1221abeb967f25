import assert from "node:assert";
import { test } from "node:test";
import { crc32 } from "node:zlib";

import * as generators from "../generators.js";
import { knead } from "../knead.js";
import { latency, peak } from "../latency.js";
import * as spread from "../spread.js";
import { rows } from "./vectors.js";

const within1 = (got, due) => assert.ok(Math.abs(got - Number(due)) <= 1, `${got} is not ${due}`);

test("words of 64 bits", () => {
  for (const [word, mixed] of rows("mix")) assert.equal(generators.mix(BigInt(word)), BigInt(mixed));
  for (const [seed, index, lane, drawn] of rows("draw")) {
    assert.equal(generators.draw(BigInt(seed), BigInt(index), BigInt(lane)), BigInt(drawn));
  }
  for (const [bits, value] of rows("unit")) assert.equal(generators.unit(BigInt(bits)), Number(value));
  for (const [mixed, baked, frosting, frosted, tasted] of rows("taste")) {
    assert.equal(generators.taste(...[mixed, baked, frosting, frosted].map(BigInt)), BigInt(tasted));
  }
  for (const [id, status, content, answer] of rows("answer")) {
    assert.equal(generators.pageAnswer(BigInt(id), Number(status), BigInt(content)), BigInt(answer));
  }
  for (const [answers, folded] of rows("fold")) {
    assert.equal(generators.fold(answers.match(/\d+/g)?.map(BigInt) ?? []), BigInt(folded));
  }
});

test("kneading in halves is kneading", () => {
  for (const [seed, iterations, kneaded] of rows("knead")) {
    const words = BigUint64Array.of(0n, BigInt(seed));
    knead(new Uint32Array(words.buffer), 2, Number(iterations));
    assert.deepEqual([...words], [0n, BigInt(kneaded)]);
  }
});

test("quantities and distributions", () => {
  for (const [text, value] of rows("quantity")) {
    if (value === "refused") assert.throws(() => spread.quantity(text), undefined, text);
    else assert.equal(spread.quantity(text), Number(value), text);
  }
  for (const [text, canonical] of rows("text")) {
    if (canonical === "refused") assert.throws(() => spread.parse(text), undefined, text);
    else assert.deepEqual(spread.parse(text), spread.parse(canonical));
  }
  for (const [text, seed, id, lane, value] of rows("spread")) {
    within1(spread.parse(text).value(BigInt(seed), BigInt(id), BigInt(lane)), value);
  }
  assert.throws(() => spread.time("10"));
  assert.throws(() => spread.size("10ms"));
});

test("payload, forms, due times", () => {
  for (const [before, length, checksum, after] of rows("payload")) {
    const payload = generators.payload(Number(length));
    assert.equal(crc32(payload), Number(checksum));
    assert.equal(generators.withPayload(BigInt(before), crc32(payload)), BigInt(after));
  }
  for (const [id, text, checksum] of rows("form")) {
    assert.equal(JSON.stringify(generators.form(Number(id))), text);
    assert.equal(crc32(text), Number(checksum));
  }
  for (const [rate, index, after] of rows("due")) {
    assert.equal(generators.dueOffsets(Number(rate), Number(index) + 1).at(-1), Number(after));
  }
  for (const [kind, rate, seed, burst, index, after] of rows("planned")) {
    const due = { kind, rate: Number(rate), seed: BigInt(seed), burst: Number(burst) };
    within1(generators.plannedStarts(due, Number(index) + 1).at(-1), after);
  }
});

test("a latency loses less than a thousandth", () => {
  const found = latency([123_456_789, 0, 2047, 2049, 2048]);
  assert.deepEqual(found.counts.slice(0, 3), [[0, 1], [2047, 1], [2048, 2]]);
  assert.equal(found.max_ns, 123_456_789);
  const off = 123_456_789 - found.counts[3][0];
  assert.ok(off >= 0 && off < 123_456, `${off}`);
  assert.equal(peak([0, 5, 10], [10, 15, 20]), 2);
});

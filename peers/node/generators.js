// The generators that every runner shares (docs/PROTOCOL.md, section 6). They need words of 64
// bits, so they are slow here, and none of them runs while a batch is measured. What does run
// then, `knead`, is in knead.js.

const MASK = (1n << 64n) - 1n;
const word = (value) => BigInt.asUintN(64, value);

/** SplitMix64's output function. */
export function mix(value) {
  let z = word(value + 0x9e3779b97f4a7c15n);
  z = word((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = word((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** The random word of an order's lane. */
export const draw = (seed, index, lane) => mix(mix(mix(seed) ^ index) ^ lane);

/** A number in (0, 1] from 64 random bits. */
export const unit = (bits) => (Number(bits >> 11n) + 1) / 2 ** 53;

/** A cake's answer, from those of its steps. */
export const taste = (mixed, baked, frosting, frosted) => mix(mix(mix(mixed) ^ baked) ^ frosting) ^ frosted;

/** A page's answer. */
export const pageAnswer = (id, status, content) => mix(mix(id ^ (BigInt(status) << 48n)) ^ content);

/** All answers in one word, each bound to its index. */
export function fold(answers) {
  let sum = 0n;
  let index = 0n;
  for (const answer of answers) {
    sum += mix(answer ^ mix(index));
    index += 1n;
  }
  return word(sum);
}

/** An answer to which the CRC-32 of the order's payload is added. */
export const withPayload = (answer, checksum) => word(answer + BigInt(checksum));

/** The bytes that travel with every order. */
export function payload(length) {
  const words = new BigUint64Array(Math.ceil(length / 8));
  for (let k = 0; k < words.length; k++) words[k] = mix(BigInt(k));
  return Buffer.from(words.buffer, 0, length);
}

/** What a client posts for an item. Keys are in the order in which they are sent. */
export function form(id) {
  const flavours = ["vanilla", "chocolate", "lemon", "hazelnut"];
  const item = BigInt(id);
  const layers = [];
  for (let n = 0n; n <= mix(item) % 4n; n += 1n) layers.push(flavours[Number(mix(item ^ n) % 4n)]);
  const customer = `customer ${(mix(item) & 0xffffffffn).toString(16).padStart(8, "0")}`;
  return { id, customer, layers, candles: Number(mix(item) % 100n) };
}

/** How long after the gate each order may start at a shared rate, ns. */
export function dueOffsets(rate, orders) {
  const period = 1e9 / rate;
  return Float64Array.from({ length: orders }, (_, index) => Math.trunc(index * period));
}

/** When each order of an open loop is handed over, ns after the gate. */
export function plannedStarts({ kind, rate, seed, burst }, orders) {
  const period = 1e9 / rate;
  let time = 0;
  const next = {
    constant: (index) => index * period,
    burst: (index) => Math.floor(index / burst) * burst * period,
    poisson: (index) => time - Math.log(unit(draw(seed, BigInt(index), MASK))) * period,
  }[kind];
  return Float64Array.from({ length: orders }, (_, index) => {
    time = next(index);
    return 2_000_000 + Math.trunc(time);
  });
}

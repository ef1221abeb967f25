// Quantities and distributions as scenarios write them (docs/PROTOCOL.md, section 6).

import { draw, unit } from "./generators.js";

const SCALES = { "": 1, ns: 1, B: 1, us: 1e3, "µs": 1e3, kB: 1e3, ms: 1e6, MB: 1e6, s: 1e9 };

/** The value and the unit of `10ms` or `150kB`. */
function read(given) {
  const text = given.trim();
  const [, digits, rest] = /^([0-9._]*)(.*)$/s.exec(text);
  const unit = rest.trim();
  const number = digits.replaceAll("_", "");
  if (!Object.hasOwn(SCALES, unit)) throw new Error(`unknown unit '${unit}' in '${text}': ns, us, ms, s, B, kB or MB`);
  if (!/^([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(number)) {
    throw new Error(`'${text}' is not a number with a unit, as in 10ms or 150kB`);
  }
  const value = Number(number) * SCALES[unit];
  if (value > 1e15) throw new Error(`'${text}' is absurdly large`);
  return [Math.round(value), unit];
}

/** A number of any unit, in ns or bytes. */
export const quantity = (text) => read(text)[0];

/** A time, ns: each number but 0 has its unit. */
export function time(text) {
  const [value, unit] = read(text);
  if (unit.endsWith("s") || (unit === "" && value === 0)) return value;
  throw new Error(`'${text.trim()}' is no time: give ns, us, ms or s`);
}

/** A size, bytes. */
export function size(text) {
  const [value, unit] = read(text);
  if (unit === "" || unit.endsWith("B")) return value;
  throw new Error(`'${text.trim()}' is no size: B, kB or MB`);
}

/** How a time or a size varies from order to order. */
export class Spread {
  constructor(kind, ...numbers) {
    this.kind = kind;
    this.numbers = numbers;
  }

  /** The greatest value that may come. */
  get greatest() {
    return this.numbers.at(-1) ?? 0;
  }

  /** The value of an order on `lane` and the lane behind it. */
  value(seed, id, lane) {
    const [first, second, third] = this.numbers;
    switch (this.kind) {
      case "fixed":
        return first;
      case "uniform":
        return first + Number((draw(seed, id, lane) * BigInt(second - first + 1)) >> 64n);
      case "log-normal": {
        const radius = Math.sqrt(-2 * Math.log(unit(draw(seed, id, lane))));
        const angle = 2 * Math.PI * unit(draw(seed, id, lane + 1n));
        return Math.min(Math.trunc(first * Math.exp(second * (radius * Math.cos(angle)))), third);
      }
      case "pareto":
        return Math.min(Math.trunc(first / unit(draw(seed, id, lane)) ** (1 / second)), third);
      default:
        return 0;
    }
  }
}

/** Reads a distribution whose numbers `number` reads. */
export function parse(text, number = quantity) {
  const [, kind, rest] = /^(?:([^:]*):)?(.*)$/s.exec(text);
  const parts = rest.split(",").map((part) => part.trim());
  const decimal = (part, most) => {
    const value = part === "" ? NaN : Number(part);
    if (value > 0 && value <= most) return value;
    throw new Error(`'${part}' in '${text}' is not a number above 0, at most ${most}`);
  };
  switch (`${kind ?? ""} ${parts.length}`) {
    case " 1":
      return parts[0] === "none" ? new Spread("none") : new Spread("fixed", number(parts[0]));
    case "fixed 1":
      return new Spread("fixed", number(parts[0]));
    case "uniform 2": {
      const [low, high] = parts.map(number);
      if (low > high) throw new Error(`'${text}': the low end lies above the high end`);
      return new Spread("uniform", low, high);
    }
    case "log-normal 3":
      return new Spread(kind, number(parts[0]), decimal(parts[1], 10), number(parts[2]));
    case "pareto 3":
      return new Spread(kind, number(parts[0]), decimal(parts[1], 100), number(parts[2]));
    default:
      throw new Error(
        `'${text}' is no distribution: none, fixed:V, uniform:LOW,HIGH, ` +
          "log-normal:MEDIAN,SIGMA,CAP or pareto:MIN,ALPHA,CAP",
      );
  }
}

// A scenario's parameters, checked by name and range (docs/PROTOCOL.md, section 7).

import { UsageError, unknown } from "./errors.js";
import * as spread from "./spread.js";

const SHARED = ["orders", "concurrency", "payload", "arrivals", "rate", "load", "burst", "delivery"];

/** The parameters of one scenario, whose `name` messages show. */
export class Params {
  constructor(name, table) {
    this.name = name;
    this.table = table;
  }

  /** Refuses a key that the workload does not have. */
  refuseUnknown(own) {
    const known = [...SHARED, ...own];
    for (const key of Object.keys(this.table)) {
      if (!known.includes(key)) throw unknown(`key of ${this.name}`, key, known);
    }
  }

  /** A whole number in `low ..= high`. */
  whole(key, absent, low, high) {
    const value = this.table[key] ?? absent;
    if (!Number.isInteger(value) || value < low || value > high) {
      throw this.bad(key, value, `a whole number from ${low} to ${high}`);
    }
    return value;
  }

  /** Checks a number in `low ..= high`, which may be absent. */
  number(key, low, high) {
    const value = this.table[key] ?? low;
    if (typeof value !== "number" || !(value >= low && value <= high)) {
      throw this.bad(key, value, `a number from ${low} to ${high}`);
    }
  }

  /** One of `words`, the first where it is absent. */
  choice(key, ...words) {
    const word = this.table[key] ?? words[0];
    if (typeof word !== "string") throw this.bad(key, word, `one of ${words.join(", ")}`);
    if (!words.includes(word)) throw unknown(`${key} of ${this.name}`, word, words);
    return word;
  }

  /** A distribution of times of at most `most` ns; none where it is absent. */
  times(key, most) {
    return this.spread(key, "none", most, spread.time);
  }

  /** A distribution of sizes of at most `most` bytes. */
  sizes(key, absent, most) {
    return this.spread(key, absent, most, spread.size);
  }

  spread(key, absent, most, number) {
    const value = this.table[key] ?? absent;
    if (typeof value !== "string" && !Number.isInteger(value)) {
      throw this.bad(key, value, "a distribution as in 'fixed:10ms'");
    }
    let found;
    try {
      found = spread.parse(String(value), number);
    } catch (why) {
      throw new UsageError(`${this.name}: ${key}: ${why.message}`);
    }
    if (found.greatest > most) throw this.bad(key, value, `at most ${most}`);
    return found;
  }

  bad(key, value, allowed) {
    return new UsageError(`${this.name}: ${key} = ${String(value).slice(0, 64)} is not ${allowed}`);
  }

  /** What every workload has, as far as it is a runner's business. */
  shared() {
    this.whole("orders", 1000, 1, 100_000_000);
    this.number("rate", 0, 1e7);
    this.number("load", 0, 10);
    this.whole("burst", 32, 1, 1_000_000);
    this.choice("arrivals", "closed", "shared", "constant", "poisson", "burst");
    const concurrency = this.whole("concurrency", 1, 1, 1_000_000);
    const inOrder = this.choice("delivery", "as-completed", "in-order") === "in-order";
    return {
      concurrency,
      payload: this.whole("payload", 0, 0, 64 << 20),
      /** Places in the ring of turns; 0 where results count as they complete. */
      turns: inOrder ? concurrency : 0,
    };
  }
}

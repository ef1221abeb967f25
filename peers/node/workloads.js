// What is done: the bakery, pages (in fetch.js), nothing. Orders are drawn beforehand; what comes
// of each goes to where the workload keeps results.

import { now } from "./clock.js";
import { UsageError, unknown } from "./errors.js";
import { Fetch } from "./fetch.js";
import { draw, taste } from "./generators.js";

const AN_HOUR = 3_600_000_000_000;
const STATIONS = ["bakers", "mixers", "ovens", "tables"];
const STEPS = ["mix", "bake", "frosting", "frost"];
const [MIX, BAKE, FROSTING, FROST] = [0, 1, 2, 3];

/** Sessions that hold nothing. */
class Idle {
  stations = [];

  async open() {}

  async close() {}
}

/** A cake is four steps, and stations have a limited number of places. */
class Bakery extends Idle {
  constructor(params) {
    super();
    params.refuseUnknown(["style", ...STATIONS, ...STEPS.flatMap((step) => [`${step}_cpu`, `${step}_wait`])]);
    this.jumps = params.choice("style", "stand-by", "jump") === "jump";
    this.stations = STATIONS.map((name) => params.whole(name, 0, 0, 60_000));
    this.iterations = STEPS.map((step) => params.whole(`${step}_cpu`, 0, 0, 2_000_000_000));
    this.spreads = STEPS.map((step) => params.times(`${step}_wait`, AN_HOUR));
    const { concurrency } = params.shared();
    if (!this.jumps && this.stations[0] > 0 && this.stations[0] < concurrency) {
      throw new UsageError(
        `${params.name}: ${this.stations[0]} bakers who stand by cannot keep ${concurrency} cakes open; ` +
          "set style=jump, or concurrency to at most the bakers",
      );
    }
    // Bakers who stand by are the units themselves.
    if (!this.jumps) this.stations[0] = 0;
  }

  plan(sample, seed, orders) {
    // What each step's arithmetic begins with, and then its result.
    this.words = new BigUint64Array(4 * orders);
    this.halves = new Uint32Array(this.words.buffer);
    this.waits = new Float64Array(4 * orders);
    for (let index = 0; index < orders; index++) {
      for (let step = 0; step < 4; step++) {
        const lane = BigInt(8 * step);
        this.words[4 * index + step] = draw(seed, BigInt(index), lane + 2n);
        this.waits[4 * index + step] = this.spreads[step].value(seed, BigInt(index), lane);
      }
    }
  }

  answers() {
    const cakes = { length: this.words.length / 4 };
    return Array.from(cakes, (_, index) => taste(...this.words.subarray(4 * index, 4 * index + 4)));
  }

  async order(kit, session, index) {
    const [bakers, mixers, ovens, tables] = kit.stations;
    let made = false;

    const baker = await bakers.take();
    if (this.jumps && !mixers.hasRoom) {
      // The jump: the line for a mixer is long, so the frosting comes first.
      const table = await tables.take();
      await this.labour(kit, index, FROSTING);
      tables.leave(table);
      made = true;
    }
    const mixer = await mixers.take();
    await this.labour(kit, index, MIX);
    mixers.leave(mixer);
    bakers.leave(baker);

    const oven = await ovens.take();
    const out = now() + this.waits[4 * index + BAKE];
    await this.work(kit, index, BAKE);
    const baking = kit.sleepUntil(out);
    if (made) await baking;
    else await Promise.all([this.atTable(kit, index, FROSTING), baking]);
    ovens.leave(oven);

    await this.atTable(kit, index, FROST);
  }

  async atTable(kit, index, step) {
    const [bakers, , , tables] = kit.stations;
    const baker = await bakers.take();
    const table = await tables.take();
    await this.labour(kit, index, step);
    tables.leave(table);
    bakers.leave(baker);
  }

  /** Arithmetic and waiting overlap. */
  async labour(kit, index, step) {
    const done = now() + this.waits[4 * index + step];
    await this.work(kit, index, step);
    await kit.sleepUntil(done);
  }

  work(kit, index, step) {
    const iterations = this.iterations[step];
    return iterations > 0 ? kit.knead(this.halves, 2 * (4 * index + step), iterations) : undefined;
  }
}

/** Orders that do nothing, or so many iterations of the bakery's arithmetic. */
class Nothing extends Idle {
  constructor(params) {
    super();
    params.refuseUnknown(["iterations"]);
    this.iterations = params.whole("iterations", 0, 0, 2_000_000_000);
  }

  plan(sample, seed, orders) {
    this.words = BigUint64Array.from({ length: orders }, (_, index) => BigInt(index));
    this.halves = new Uint32Array(this.words.buffer);
  }

  answers() {
    return this.words;
  }

  async order(kit, session, index) {
    if (this.iterations > 0) await kit.knead(this.halves, 2 * index, this.iterations);
  }
}

const WORKLOADS = { bakery: Bakery, fetch: Fetch, nothing: Nothing };

/** The workload of that name. */
export async function build(name, params, client, hosts) {
  if (!Object.hasOwn(WORKLOADS, name)) throw unknown("workload", name, Object.keys(WORKLOADS));
  const workload = new WORKLOADS[name](params, client, hosts);
  if (name === "fetch") await workload.choose(client);
  return workload;
}

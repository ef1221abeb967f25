// The model `node`: an async function for each unit, on one event loop.

import { setTimeout as sleep } from "node:timers/promises";

import { now } from "./clock.js";
import { oneLine } from "./errors.js";
import { knead } from "./knead.js";
import { Pacer } from "./pacer.js";

/** So many places, and promises of those who wait for one. */
class Semaphore {
  #places;
  #waiting = [];

  constructor(places) {
    this.#places = places;
  }

  get hasRoom() {
    return this.#places > 0;
  }

  acquire() {
    if (this.#places > 0) {
      this.#places -= 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release() {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#places += 1;
  }
}

/** A station with a limit. Stays are noted where `holds` is there for them. */
class Station {
  #semaphore;

  constructor(places, number, holds) {
    this.#semaphore = new Semaphore(places);
    this.number = number;
    this.holds = holds;
  }

  get hasRoom() {
    return this.#semaphore.hasRoom;
  }

  /** Waits for a place; what it gives is given back to `leave`. */
  async take() {
    await this.#semaphore.acquire();
    return this.holds ? now() : 0;
  }

  leave(from) {
    this.holds?.push({ station: this.number, from, to: now() });
    this.#semaphore.release();
  }
}

const UNLIMITED = { hasRoom: true, take: () => undefined, leave: () => undefined };

/** A channel of what comes from outside; `null` where nothing comes any more. */
class Queue {
  #values = [];
  #waiting = [];

  put(value) {
    const next = this.#waiting.shift();
    if (next) next(value);
    else this.#values.push(value);
  }

  take() {
    return this.#values.length > 0 ? this.#values.shift() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

export class EventLoop {
  shape = "multiplexed";

  constructor({ stations, turns, trace, concurrency }) {
    this.inFlight = concurrency;
    this.places = stations;
    this.ring = turns;
    this.trace = trace;
    this.holds = [];
    this.pacer = null;
  }

  /** Serves a batch: sessions, gate, orders, teardown. */
  async run(batch) {
    const holds = this.trace ? this.holds : null;
    this.stations = this.places.map((places, number) => (places > 0 ? new Station(places, number, holds) : UNLIMITED));
    this.turns = Array.from({ length: this.ring }, (_, place) => new Semaphore(place === 0 ? 1 : 0));
    this.arrivals = new Queue();
    if (batch.planned) this.pacer ??= await Pacer.start();

    let openGate;
    let standing = 0;
    const gate = new Promise((resolve) => (openGate = resolve));
    this.over = new Promise((resolve) => (this.end = resolve));
    const allHere = new Promise((resolve) => {
      this.come = () => ++standing === batch.units && resolve();
    });
    const units = Promise.all(Array.from({ length: batch.units }, () => this.unit(batch, gate)));
    // The first that fails to open its session ends it all.
    await Promise.race([allHere, units]);
    batch.openGate();
    openGate();
    if (batch.planned) this.pacer.pace(batch, (index) => this.arrivals.put(index));
    await units;
  }

  async unit(batch, gate) {
    let session;
    try {
      session = await batch.workload.open(this);
    } catch (error) {
      throw batch.fail(`a unit could not open its session: ${oneLine(error)}`);
    }
    this.come();
    await gate;
    if (batch.planned) await this.serveArrivals(batch, session);
    else {
      for (let index = batch.claim(); index >= 0; index = batch.claim()) await batch.serve(this, session, index);
    }
    // Nobody closes a session while others still serve.
    if (batch.closed) this.end();
    await this.over;
    await batch.workload.close(session);
  }

  async serveArrivals(batch, session) {
    for (let index = await this.arrivals.take(); index !== null; index = await this.arrivals.take()) {
      await batch.serve(this, session, index);
      if (batch.closed) {
        // That was the last of all: those who wait for another are sent home.
        for (let unit = 0; unit < batch.units; unit++) this.arrivals.put(null);
      }
    }
  }

  // The kit.

  async sleepUntil(moment) {
    // A timer of Node's counts whole milliseconds, and may be up to one early.
    for (let left = moment - now(); left > 0; left = moment - now()) await sleep(Math.ceil(left / 1e6));
  }

  knead(words, at, iterations) {
    knead(words, at, iterations);
  }

  takeHolds() {
    return this.holds.splice(0);
  }

  async close() {
    await this.pacer?.close();
  }
}

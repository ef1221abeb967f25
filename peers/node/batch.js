// A batch of orders: the one thing that a model drives. It hands out indices, keeps a slot for
// each order, opens the gate when all units stand at it, and closes when the last has ended.

import { crc32 } from "node:zlib";

import { now } from "./clock.js";
import { oneLine } from "./errors.js";
import { dueOffsets, fold, payload, plannedStarts, withPayload } from "./generators.js";
import { latency, peak } from "./latency.js";

export class Batch {
  constructor(workload, sample, shared, harness, trace) {
    const { orders } = sample;
    this.begun = now();
    Object.assign(this, { workload, sample, orders, harness, trace });
    this.units = Math.min(shared.concurrency, orders);
    this.turns = shared.turns;
    this.payload = payload(shared.payload);
    const { due } = sample;
    /** How long after the gate each order may start; `null` for as soon as a unit is free. */
    this.due = due?.kind === "shared" ? dueOffsets(due.rate, orders) : null;
    /** Open loop: when each order is handed over, ns after the gate. */
    this.planned = due && !this.due ? plannedStarts(due, orders) : null;
    this.lateness = this.planned && new Float64Array(new SharedArrayBuffer(8 * orders));
    this.starts = new Float64Array(orders);
    this.ends = new Float64Array(orders);
    this.checksums = this.payload.length > 0 ? new Uint32Array(orders) : null;
    this.served = new Uint8Array(orders);
    this.next = this.done = 0;
    this.closed = false;
    this.failure = null;
    workload.plan(sample.sample, sample.seed, orders);
  }

  /** The next order that nobody has claimed; -1 where there is none. */
  claim() {
    return this.next < this.orders ? this.next++ : -1;
  }

  /** Opens the gate: called once, when every unit stands at it. */
  openGate() {
    this.arrived = now();
    if (this.sample.observe) this.harness.atGate(this.sample.sample);
    this.opened = now();
  }

  /** Serves one order. */
  async serve(kit, session, index) {
    if (this.due) await kit.sleepUntil(this.opened + this.due[index]);
    const start = now();
    try {
      await this.workload.order(kit, session, index);
    } catch (error) {
      throw this.fail(`order ${index}: ${oneLine(error)}`);
    }
    if (this.checksums) this.checksums[index] = crc32(this.payload);
    this.record(index, start, now());
    if (this.turns > 0) {
      await kit.turns[index % this.turns].acquire();
      kit.turns[(index + 1) % this.turns].release();
    }
  }

  /** Fills an order's slot; the last of them closes the batch before anything else goes on. */
  record(index, start, end) {
    this.starts[index] = start;
    this.ends[index] = end;
    this.served[index] += 1;
    this.done += 1;
    if (this.done === this.orders) {
      this.ended = now();
      if (this.sample.observe) {
        this.harness.closed(this.sample.sample, Math.ceil(this.ended - this.opened));
        this.ended = now();
      }
      this.closed = true;
    }
  }

  /** Notes the first thing that went wrong; no order is claimed any more. */
  fail(line) {
    this.failure ??= new Error(line);
    this.next = this.orders;
    return this.failure;
  }

  /** The numbers of the sample, when its units have ended. */
  reply(holds) {
    const shutdown = now() - this.ended;
    if (this.failure) throw this.failure;
    const wrong = this.served.findIndex((times) => times !== 1);
    if (wrong >= 0) throw new Error(`order ${wrong} was served ${this.served[wrong]} times, not once`);
    const { opened, starts, ends, checksums } = this;
    let answers = this.workload.answers();
    if (checksums) answers = Array.from(answers, (answer, index) => withPayload(answer, checksums[index]));
    const lastStart = starts.reduce((a, b) => Math.max(a, b));
    const service = ends.map((end, index) => end - starts[index]);
    const reply = {
      sample: this.sample.sample,
      orders: this.orders,
      wall_ns: Math.round(ends.reduce((a, b) => Math.max(a, b)) - opened),
      service: latency(service),
      startup_ns: Math.round(this.arrived - this.begun),
      shutdown_ns: Math.round(shutdown),
      peak_in_service: this.trace ? peak(starts, ends) : 0,
      answer: fold(answers).toString(16).padStart(16, "0"),
      holds: holds.map(({ station, from, to }) => ({
        station,
        from: Math.round(from - opened),
        to: Math.round(to - opened),
      })),
    };
    if (lastStart > opened) {
      const served = ends.reduce((sum, end, index) => sum + Math.min(end, lastStart) - starts[index], 0);
      reply.in_flight_until_last_start = served / (lastStart - opened);
    }
    return this.planned ? { ...reply, ...this.openLoop() } : reply;
  }

  openLoop() {
    const { opened, planned } = this;
    const waits = this.starts.map((start, index) => start - opened - planned[index]);
    const last = waits.slice(waits.length - Math.ceil(waits.length / 10)).sort();
    return {
      response: latency(this.ends.map((end, index) => end - opened - planned[index])),
      pacer_lateness: latency(this.lateness),
      behind_ns: Math.max(Math.round(last[Math.floor(last.length / 2)]), 0),
      planned_ns: planned.at(-1),
    };
  }
}

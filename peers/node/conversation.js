// The runner's side of the protocol, version 2: one JSON object a line (docs/PROTOCOL.md).

import { readFileSync, readSync, writeSync } from "node:fs";

import { Batch } from "./batch.js";
import { now } from "./clock.js";
import { InputEnded, Unable, UsageError, oneLine, unknown } from "./errors.js";
import { EventLoop } from "./event-loop.js";
import { knead } from "./knead.js";
import { Params } from "./params.js";
import { WorkerThreads } from "./worker-threads.js";
import { build } from "./workloads.js";

const PROTOCOL = 2;
const LONGEST_LINE = 1 << 20;
const MODELS = { node: EventLoop, "node-workers": WorkerThreads };
const NEEDED = ["protocol", "workload", "scenario", "model", "client", "params", "workers"];
const PREPARE = [...NEEDED, "class", "cpus", "hosts", "target_path", "target_host", "trace"];

/** Standard input, line by line, in reads that block the thread: nobody polls meanwhile. */
class Lines {
  #rest = Buffer.alloc(0);
  #text = new TextDecoder("utf-8", { fatal: true });

  /** The next line that is not blank; `null` at the end. */
  next() {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.decode(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
        if (line.trim() !== "") return line;
        continue;
      }
      if (this.#rest.length > LONGEST_LINE) throw new Error(`a request of more than ${LONGEST_LINE} bytes`);
      const piece = Buffer.alloc(65_536);
      const length = read(piece);
      if (length === 0) {
        const last = this.#text.decode(this.#rest);
        this.#rest = Buffer.alloc(0);
        return last.trim() === "" ? null : last;
      }
      this.#rest = Buffer.concat([this.#rest, piece.subarray(0, length)]);
    }
  }
}

function read(into) {
  for (;;) {
    try {
      return readSync(0, into);
    } catch (error) {
      if (error.code === "EOF") return 0;
      if (error.code !== "EAGAIN") throw error;
      pause();
    }
  }
}

/** Somebody gave us streams that do not block: look again in a millisecond. */
function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

function say(kind, fields) {
  const line = Buffer.from(`${JSON.stringify({ [kind]: fields })}\n`);
  for (let at = 0; at < line.length; ) {
    try {
      at += writeSync(1, line, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      pause();
    }
  }
}

export class Runner {
  #lines = new Lines();
  #cell = null;
  #failed = false;

  /** Answers requests until `stop` or the end of the input. */
  async converse() {
    for (let line = this.#lines.next(); line !== null; line = this.#lines.next()) {
      try {
        const [kind, fields] = message(line);
        if (kind === "stop") {
          check(fields, [], []);
          const start = now();
          await this.#discard();
          say("stopped", { shutdown_ns: Math.round(now() - start) });
          return;
        } else if (kind === "prepare") {
          say("ready", await this.#prepare(fields));
        } else if (kind === "sample") {
          say("sample", await this.#sample(fields));
        } else {
          throw new UsageError(`'${kind}' was asked for, and no sample is at its gate or closed`);
        }
      } catch (error) {
        if (error instanceof InputEnded) return;
        if (error instanceof Unable) say("unable", { reason: oneLine(error) });
        else say("error", { message: oneLine(error), usage: error instanceof UsageError });
      }
    }
  }

  async #discard() {
    const cell = this.#cell;
    this.#cell = null;
    await cell?.model.close();
  }

  /** Says that all units stand at the gate, and waits to be told to open it. */
  atGate(sample) {
    say("gate", { sample });
    this.#expect("go");
  }

  /** Says that the last order has ended, and waits until the process tree was looked at. */
  closed(sample, wall_ns) {
    say("closed", { sample, wall_ns });
    this.#expect("settle");
  }

  #expect(due) {
    const line = this.#lines.next();
    let got = "no request";
    if (line !== null) {
      try {
        const [kind, fields] = message(line);
        got = kind;
        check(fields, [], []);
        if (kind === due) return;
      } catch {
        // It is not the one that was due, whatever it is.
      }
    }
    // Whoever serves the last order is no place to end in: the batch is told instead.
    this.#interrupted = line === null ? new InputEnded() : new UsageError(`'${got}' was asked for where '${due}' was due`);
    throw this.#interrupted;
  }

  #interrupted = null;

  async #prepare(fields) {
    const start = now();
    if (fields.protocol !== undefined && fields.protocol !== PROTOCOL) {
      throw new UsageError(`protocol version ${fields.protocol} was asked for; this runner speaks version ${PROTOCOL}`);
    }
    check(fields, PREPARE, NEEDED);
    if (!Number.isInteger(fields.workers) || fields.workers < 1 || fields.workers > 1024) {
      throw new UsageError(`'workers' is ${fields.workers}: ask for 1 to 1024`);
    }
    if (!Object.hasOwn(MODELS, fields.model)) throw unknown("model", fields.model, Object.keys(MODELS));
    if (fields.target_path != null) throw new Unable("the Node peer fetches from the mock server alone");
    await this.#discard();
    this.#failed = false;
    const params = new Params(`${fields.workload}/${fields.scenario}`, fields.params);
    const shared = params.shared();
    const workload = await build(fields.workload, params, fields.client, fields.hosts ?? []);
    const trace = Boolean(fields.trace);
    const model = new MODELS[fields.model]({
      ...shared,
      stations: workload.stations,
      workers: fields.workers,
      workloadName: fields.workload,
      trace,
    });
    await model.ready?.();
    this.#cell = { workload, model, shared, trace };
    return {
      protocol: PROTOCOL,
      versions: { node: process.versions.node, v8: process.versions.v8, libuv: process.versions.uv },
      shape: model.shape,
      threads: null,
      processes: 1,
      in_flight: model.inFlight,
      cpus: affinity(),
      descriptors: descriptorLimit(),
      memory_bytes: null,
      startup_ns: Math.round(now() - start),
      overhead_ns: null,
      clock_step_ns: null,
      ns_per_iteration: nsPerIteration(),
    };
  }

  async #sample(fields) {
    if (this.#failed) throw new UsageError("an earlier sample failed, and the model with it: 'prepare' it anew");
    if (this.#cell === null) throw new UsageError("'sample' was asked for before 'prepare'");
    const sample = readSample(fields);
    const { workload, model, shared, trace } = this.#cell;
    this.#interrupted = null;
    try {
      const batch = new Batch(workload, sample, shared, this, trace);
      await model.run(batch);
      return batch.reply(model.takeHolds());
    } catch (error) {
      this.#failed = true;
      throw this.#interrupted ?? error;
    }
  }
}

/** The kind of a request and its fields. */
function message(line) {
  let object;
  try {
    object = JSON.parse(line);
  } catch (error) {
    throw new UsageError(`not a request of protocol version ${PROTOCOL}: ${error.message}`);
  }
  const entries = object !== null && typeof object === "object" ? Object.entries(object) : [];
  if (entries.length !== 1) throw new UsageError(`not a request of protocol version ${PROTOCOL}: an object of one key was due`);
  const [[kind, fields]] = entries;
  const kinds = ["prepare", "sample", "stop", "go", "settle"];
  if (!kinds.includes(kind)) throw unknown("request", kind, kinds);
  if (fields === null || typeof fields !== "object") {
    throw new UsageError(`not a request of protocol version ${PROTOCOL}: '${kind}' holds no object`);
  }
  return [kind, fields];
}

function check(fields, known, needed) {
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) throw new UsageError(`not a request of protocol version ${PROTOCOL}: unknown field '${key}'`);
  }
  for (const key of needed) {
    if (!(key in fields)) throw new UsageError(`not a request of protocol version ${PROTOCOL}: the field '${key}' is missing`);
  }
}

function readSample(fields) {
  check(fields, ["sample", "orders", "seed", "due", "observe"], ["sample", "orders", "seed"]);
  const { orders } = fields;
  if (!Number.isInteger(orders) || orders < 1 || orders > 100_000_000) {
    throw new UsageError(`'orders' of the sample is ${orders}: ask for 1 to 100000000`);
  }
  if (!Number.isSafeInteger(fields.sample) || fields.sample < 0) {
    throw new UsageError(`'sample' is ${fields.sample}: a whole number was due`);
  }
  const due = fields.due == null ? null : readDue(fields.due, orders);
  return { sample: fields.sample, orders, seed: word(fields.seed, "seed"), due, observe: Boolean(fields.observe) };
}

function readDue(fields, orders) {
  check(fields, ["kind", "rate", "seed", "burst"], ["kind", "rate"]);
  const { kind, rate, burst = 1 } = fields;
  const kinds = ["shared", "constant", "poisson", "burst"];
  if (!kinds.includes(kind)) throw unknown("kind of 'due'", kind, kinds);
  if (typeof rate !== "number" || !(rate > 0 && rate <= 1e7)) {
    throw new UsageError(`'rate' of 'due' is ${rate}: ask for more than 0 and at most 10000000 orders per second`);
  }
  if (orders / rate > 86_400) throw new UsageError(`${orders} orders at a 'rate' of ${rate} per second take more than a day`);
  if (!Number.isInteger(burst) || (kind === "burst" && !(burst >= 1 && burst <= 1_000_000))) {
    throw new UsageError(`'burst' of 'due' is ${burst}: ask for 1 to 1000000`);
  }
  return { kind, rate, burst, seed: word(fields.seed ?? "0", "seed") };
}

/** A 64-bit word: 1 to 16 hexadecimal digits. */
function word(text, field) {
  if (typeof text === "string" && /^[0-9a-fA-F]{1,16}$/.test(text)) return BigInt(`0x${text}`);
  throw new UsageError(`'${field}' is ${JSON.stringify(text)}: 1 to 16 hexadecimal digits were due`);
}

/** The CPUs that this process may use. */
function affinity() {
  const list = fromProc("/proc/self/status", /^Cpus_allowed_list:\s*(\S+)/m);
  return (list ?? "").split(",").filter(Boolean).flatMap((part) => {
    const [low, high = low] = part.split("-").map(Number);
    return Array.from({ length: high - low + 1 }, (_, n) => low + n);
  });
}

/** The limit of open files, which Node raises by itself. */
function descriptorLimit() {
  const limit = Number(fromProc("/proc/self/limits", /^Max open files\s+(\S+)/m));
  return Number.isSafeInteger(limit) && limit > 0 ? limit : null;
}

function fromProc(file, pattern) {
  try {
    return pattern.exec(readFileSync(file, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** Price of one iteration of the bakery's arithmetic: the fastest of 40 short loops, ns. */
function nsPerIteration() {
  const words = new Uint32Array(2);
  let least = Infinity;
  for (let loop = 0; loop < 40; loop++) {
    const start = now();
    knead(words, 0, 20_000);
    least = Math.min(least, (now() - start) / 20_000);
  }
  return least;
}

// Fetching pages over HTTP/1.1: what is asked for, and how an answer is judged.

import { crc32 } from "node:zlib";

import { UsageError, duration, unknown } from "./errors.js";
import { form, pageAnswer } from "./generators.js";

const STATUSES = { GET: 200, HEAD: 200, PUT: 200, DELETE: 204, POST: 201 };
const KEYS = [
  "method", "delay", "size", "fault", "hold", "connection", "hosts", "cap_per_host",
  "backend", "timeout", "accept", "errors",
];
const TEN_MINUTES = 600_000_000_000;
const CLIENTS = { wire: "./wire.js", http: "./client-http.js" };

/** What a request took longer than it may. */
export class TooLate extends Error {}

export class Fetch {
  constructor(params, client, hosts) {
    params.refuseUnknown(KEYS);
    this.method = params.choice("method", ...Object.keys(STATUSES));
    this.status = STATUSES[this.method];
    this.posts = this.method === "PUT" || this.method === "POST";
    this.keepAlive = params.choice("connection", "keep-alive", "per-order") === "keep-alive";
    this.size = params.sizes("size", "128", 1 << 20);
    this.hosts = params.whole("hosts", 1, 1, 64);
    const cap = params.whole("cap_per_host", 0, 0, 60_000);
    /** Longest time for one order, ns; 0 for no limit. */
    this.timeout = params.times("timeout", TEN_MINUTES).greatest;
    this.concurrency = params.shared().concurrency;
    params.times("delay", TEN_MINUTES);
    params.whole("hold", 0, 0, 1_000_000);
    params.choice("backend", "native", "wiremock");
    const { fault } = params.table;
    if (fault !== undefined && !/^(status500|reset|truncate|silence|drip):0*[1-9][0-9]*$/.test(fault)) {
      throw params.bad("fault", fault, "KIND:N, as in reset:100");
    }
    for (const key of ["accept", "errors"]) {
      if (key in params.table) throw new UsageError(`${params.name}: ${key} is for a server that is not the mock server`);
    }
    if (this.hosts > 1 && this.keepAlive) {
      throw new UsageError(
        `${params.name}: a unit keeps one connection alive, so hosts = ${this.hosts} needs connection = "per-order"`,
      );
    }
    if (!Object.hasOwn(CLIENTS, client)) throw unknown("client", client, Object.keys(CLIENTS));
    this.addresses = hosts.map((text) => {
      const at = text.lastIndexOf(":");
      return { host: text.slice(0, at).replace(/[[\]]/g, ""), port: Number(text.slice(at + 1)), text };
    });
    /** Caps are stations, one for each host. */
    this.stations = cap > 0 ? Array(this.hosts).fill(cap) : [];
  }

  /** Loads the client of that name. */
  async choose(name) {
    const { Client } = await import(CLIENTS[name]);
    this.client = new Client(this);
  }

  plan(sample, seed, orders) {
    this.sample = sample;
    const length = (id) => (this.method === "GET" ? Math.min(this.size.value(seed, BigInt(id), 2n), 1 << 20) : 0);
    this.lengths = Float64Array.from({ length: orders }, (_, id) => length(id));
    this.forms = this.posts ? Array.from({ length: orders }, (_, id) => form(id)) : null;
    // What came: the id that the answer is for, and a checksum or a receipt.
    this.ids = new Float64Array(orders);
    this.contents = this.posts ? Array(orders).fill("") : new Float64Array(orders);
  }

  answers() {
    const content = (came) => (this.posts ? BigInt(`0x${came}`) : BigInt(came));
    return Array.from(this.contents, (came, index) => pageAnswer(BigInt(this.ids[index]), this.status, content(came)));
  }

  async open(kit) {
    const given = this.addresses.length;
    if (given < this.hosts) throw new Error(`the runner was given no host number ${given}`);
    return this.client.open(kit);
  }

  close(session) {
    return this.client.close(session);
  }

  async order(kit, session, index) {
    if (this.stations.length === 0) return this.exchange(kit, session, index);
    // A timeout counts from the moment at which the host may be asked.
    const station = kit.stations[index % this.hosts];
    const place = await station.take();
    await this.exchange(kit, session, index);
    return station.leave(place);
  }

  async exchange(kit, session, index) {
    const target = this.method === "POST" ? `/items?sample=${this.sample}` : `/items/${index}?sample=${this.sample}`;
    const form = this.posts ? JSON.stringify(this.forms[index]) : undefined;
    const address = this.addresses[index % this.hosts];
    let answer;
    try {
      answer = await this.client.exchange(session, address, target, form);
    } catch (error) {
      if (error instanceof TooLate) throw new Error(`item ${index}: no whole response within ${duration(this.timeout)}`);
      throw new Error(`item ${index}`, { cause: error });
    }
    this.judge(index, answer.status, answer.body);
  }

  /** Checks an answer and keeps its content. */
  judge(index, status, body) {
    const wrong = (what) => new Error(`${this.method} of item ${index}: ${what}`);
    if (status !== this.status) throw wrong(`status ${status} where ${this.status} was due`);
    if (this.posts) {
      let receipt;
      try {
        receipt = JSON.parse(body);
      } catch (error) {
        throw wrong(`the receipt is not the JSON that was due: ${error.message}`);
      }
      if (!/^[0-9a-f]{16}$/.test(receipt.receipt) || !Number.isInteger(receipt.id)) {
        throw wrong("the receipt is not the one that was due");
      }
      this.ids[index] = receipt.id;
      this.contents[index] = receipt.receipt;
      return;
    }
    if (body.length !== this.lengths[index]) throw wrong(`${body.length} bytes where ${this.lengths[index]} were due`);
    this.ids[index] = index;
    this.contents[index] = crc32(body);
  }
}

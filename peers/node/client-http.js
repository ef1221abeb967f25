// node:http with an agent that keeps connections alive, as everybody used before `fetch` came.

import http from "node:http";

import { inWords } from "./errors.js";
import { TooLate } from "./fetch.js";

export class Client {
  constructor(fetch) {
    this.fetch = fetch;
    const { keepAlive, concurrency } = fetch;
    this.agent = new http.Agent({ keepAlive, maxSockets: concurrency, maxFreeSockets: concurrency });
  }

  async open() {
    if (this.fetch.keepAlive) await this.send("GET", this.fetch.addresses[0], "/ready");
  }

  async close() {
    this.agent.destroy();
  }

  exchange(session, address, target, form) {
    return this.send(this.fetch.method, address, target, form);
  }

  send(method, { host, port }, path, form) {
    const { timeout } = this.fetch;
    const headers = form === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(form) };
    const signal = timeout > 0 ? AbortSignal.timeout(Math.ceil(timeout / 1e6)) : undefined;
    return new Promise((resolve, reject) => {
      const fail = (error) => reject(error.name === "AbortError" ? new TooLate() : inWords(error));
      const request = http.request({ agent: this.agent, host, port, method, path, headers, signal }, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(parts) }));
        response.on("error", fail);
      });
      request.on("error", fail);
      request.end(form);
    });
  }
}

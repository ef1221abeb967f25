// The pacer: a thread outside the model that hands orders over when they are planned.

import { Worker } from "node:worker_threads";

export class Pacer {
  /** Starts the thread, which outlives a batch. */
  static async start() {
    const pacer = new Pacer();
    pacer.thread = new Worker(new URL("./pacer-thread.js", import.meta.url));
    await new Promise((resolve, reject) => {
      pacer.thread.once("message", resolve);
      pacer.thread.once("error", reject);
    });
    return pacer;
  }

  /** Hands the batch's orders over, just after the gate was opened. */
  pace(batch, handOver) {
    this.thread.removeAllListeners("message");
    this.thread.on("message", handOver);
    const { opened, planned, lateness } = batch;
    this.thread.postMessage({ opened, planned, lateness });
  }

  async close() {
    await this.thread.terminate();
  }
}

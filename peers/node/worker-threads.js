// The model `node-workers`: the event loop keeps the orders, worker threads do their arithmetic.

import { Worker } from "node:worker_threads";

import { Unable } from "./errors.js";
import { EventLoop } from "./event-loop.js";

export class WorkerThreads extends EventLoop {
  constructor(setup) {
    if (setup.workloadName === "fetch") {
      throw new Unable("node-workers gives arithmetic to other threads, and fetch has none: it would be the model node");
    }
    super(setup);
    this.free = [];
    this.waiting = [];
    const file = new URL("./knead-thread.js", import.meta.url);
    this.threads = Array.from({ length: setup.workers }, () => new Worker(file));
  }

  async ready() {
    await Promise.all(this.threads.map((thread) => new Promise((resolve) => thread.once("online", resolve))));
    for (const thread of this.threads) {
      thread.on("message", (words) => this.done(thread, words));
      thread.on("error", (error) => thread.failed?.(error));
      this.free.push(thread);
    }
  }

  knead(words, at, iterations) {
    return new Promise((resolve, reject) => {
      const task = { words, at, iterations, resolve, reject };
      const thread = this.free.pop();
      if (thread) this.give(thread, task);
      else this.waiting.push(task);
    });
  }

  give(thread, task) {
    thread.task = task;
    thread.failed = task.reject;
    thread.postMessage({ words: task.words.slice(task.at, task.at + 2), iterations: task.iterations });
  }

  done(thread, words) {
    const { task } = thread;
    task.words.set(words, task.at);
    const next = this.waiting.shift();
    if (next) this.give(thread, next);
    else this.free.push(thread);
    task.resolve();
  }

  async close() {
    await super.close();
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}

// The pacer's thread: it hands orders over when they are planned, and waits for nobody.

import { parentPort } from "node:worker_threads";

import { now } from "./clock.js";

const pause = new Int32Array(new SharedArrayBuffer(4));

parentPort.on("message", ({ opened, planned, lateness }) => {
  planned.forEach((after, index) => {
    const left = opened + after - now();
    if (left > 0) Atomics.wait(pause, 0, 0, left / 1e6);
    lateness[index] = Math.max(now() - opened - after, 0);
    parentPort.postMessage(index);
  });
});
parentPort.postMessage("here");

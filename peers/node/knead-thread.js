// A worker thread of the model `node-workers`: it kneads what it is given.

import { parentPort } from "node:worker_threads";

import { knead } from "./knead.js";

parentPort.on("message", ({ words, iterations }) => {
  knead(words, 0, iterations);
  parentPort.postMessage(words);
});

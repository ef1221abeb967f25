import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { rows } from "./vectors.js";

const main = fileURLToPath(new URL("../main.js", import.meta.url));

/** Gives a runner these requests; what it says, as [kind, fields]. */
function talk(...requests) {
  const input = requests.map((request) => (typeof request === "string" ? request : JSON.stringify(request))).join("\n");
  const { stdout, stderr, status } = spawnSync("node", [main, "runner"], { input, encoding: "utf8" });
  assert.equal(`${status} ${stderr}`, "0 ");
  return stdout.trim().split("\n").map((line) => Object.entries(JSON.parse(line))[0]);
}

const prepare = (model, workload, params, client = "none") => ({
  prepare: { protocol: 2, workload, scenario: "test", model, client, params, workers: 2, trace: true },
});
const sample = (orders, seed, due = null) => [
  { sample: { sample: 1, orders, seed: BigInt(seed).toString(16), due, observe: true } },
  { go: {} },
  { settle: {} },
];

for (const model of ["node", "node-workers"]) {
  test(`${model} serves whole batches right, however orders come and go`, () => {
    const flows = [
      [{}, null],
      [{ delivery: "in-order" }, null],
      [{ delivery: "in-order" }, { kind: "poisson", rate: 20_000, seed: "7" }],
      [{}, { kind: "burst", rate: 20_000, burst: 9 }],
      [{}, { kind: "shared", rate: 20_000 }],
    ];
    for (const [workload, params, seed, orders, answer] of rows("batch").filter(([name]) => ["bakery", "nothing"].includes(name))) {
      const asked = flows.flatMap(([flow, due]) => [
        prepare(model, workload, { concurrency: 4, ...flow, ...JSON.parse(params) }),
        ...sample(Number(orders), seed, due),
        ...sample(Number(orders), seed, due),
      ]);
      const replies = talk(...asked, { stop: {} });
      const kinds = flows.flatMap(() => ["ready", "gate", "closed", "sample", "gate", "closed", "sample"]);
      assert.deepEqual(replies.map(([kind]) => kind), [...kinds, "stopped"]);
      for (const [kind, fields] of replies) {
        if (kind === "sample") assert.equal(fields.answer, answer, `${workload} ${params}`);
      }
    }
  });

  test(`${model} keeps the places of stations`, () => {
    const jump = { style: "jump", bakers: 3, mixers: 2, ovens: 2, tables: 1, mix_wait: "1ms", mix_cpu: 9, bake_wait: "2ms" };
    const [, , , [, fields]] = talk(prepare(model, "bakery", { concurrency: 6, ...jump }), ...sample(60, 7));
    assert.ok(fields.peak_in_service <= 6);
    [3, 2, 2, 1].forEach((places, station) => {
      const stays = fields.holds.filter((hold) => hold.station === station);
      const events = stays.flatMap(({ from, to }) => [[from, 1], [to, -1]]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      let there = 0;
      const most = Math.max(...events.map(([, change]) => (there += change)));
      assert.ok(stays.length >= 60 && most <= places, `${most} at ${places} places of station ${station}`);
    });
  });
}

test("requests that are refused end nothing", () => {
  for (const [request, words] of [
    ["cake", "not a request of protocol version 2"],
    [{ bake: {} }, "unknown request 'bake'"],
    [{ go: {} }, "no sample is at its gate"],
    [{ sample: { sample: 1, orders: 1, seed: "1" } }, "before 'prepare'"],
    [{ prepare: { protocol: 1 } }, "protocol version 1 was asked for"],
    [{ prepare: { protocol: 2, cake: 1 } }, "unknown field 'cake'"],
    [prepare("nod", "nothing", {}), "did you mean 'node'?"],
    [prepare("node", "bakry", {}), "did you mean 'bakery'?"],
    [prepare("node", "bakery", { mixer: 1 }), "did you mean 'mixers'?"],
    [prepare("node", "bakery", { mixers: -1 }), "mixers = -1 is not a whole number"],
    [prepare("node", "bakery", { mix_wait: "2" }), "'2' is no time"],
    [prepare("node", "bakery", { concurrency: 4, bakers: 2 }), "2 bakers who stand by"],
  ]) {
    const [[kind, fields], [last]] = talk(request, { stop: {} });
    assert.deepEqual([kind, fields.usage, last], ["error", true, "stopped"]);
    assert.ok(fields.message.includes(words), fields.message);
  }
  assert.equal(talk(prepare("node-workers", "fetch", {}, "wire"))[0][0], "unable");
});

test("what is not due ends the sample, and the end of the input ends all", () => {
  const [begin, go, settle] = sample(5, 1);
  for (const asked of [[begin, settle], [begin, go, begin]]) {
    const kinds = talk(prepare("node", "nothing", {}), ...asked, begin, { stop: {} }).map(([kind]) => kind);
    assert.deepEqual(kinds.slice(-3), ["error", "error", "stopped"]);
  }
  assert.deepEqual(talk(prepare("node", "nothing", {}), begin).map(([kind]) => kind), ["ready", "gate"]);
  assert.deepEqual(talk(prepare("node", "nothing", {}), begin, go).map(([kind]) => kind), ["ready", "gate", "closed"]);
});

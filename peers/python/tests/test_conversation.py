import json
import unittest

from bakeoff_peer.models import MODELS

from .runner import Runner
from .vectors import number, rows

JUMP = {
    "style": "jump", "bakers": 3, "mixers": 2, "ovens": 2, "tables": 1,
    "mix_wait": "1ms", "bake_wait": "2ms", "frosting_wait": "200us",
}  # fmt: skip


class Batches(unittest.TestCase):
    """Every model serves every order once and right, whatever the flow."""

    def test_batches(self):
        # Those of `fetch` need its server, and some workloads are not offered here.
        vectors = [row for row in rows("batch") if row[0] in ("bakery", "nothing")]
        self.assertTrue(vectors)
        for model in MODELS:
            with Runner() as runner:
                for workload, params, seed, orders, answer in vectors:
                    with self.subTest(model=model, workload=workload, params=params):
                        kind, ready = runner.prepare(workload, model, concurrency=4, **json.loads(params))
                        self.assertEqual(kind, "ready", ready)
                        for sample in (1, 2):
                            kind, reply = runner.sample(sample, number(orders), number(seed))
                            self.assertEqual((kind, reply.get("answer")), ("sample", answer), reply)
                self.assertEqual(runner.end(), 0)

    def test_flows(self):
        expected = "8c527d05bed06a93"
        cakes = {"mix_cpu": 500, "bake_cpu": 0, "frosting_cpu": 500, "frost_cpu": 500}
        flows = [
            ({"delivery": "in-order"}, None),
            (JUMP | {"delivery": "in-order"}, None),
            (JUMP, {"kind": "poisson", "rate": 20_000.0, "seed": "7"}),
            ({}, {"kind": "burst", "rate": 20_000.0, "burst": 40}),
            ({}, {"kind": "shared", "rate": 20_000.0}),
        ]
        for model in MODELS:
            with Runner() as runner:
                for params, due in flows:
                    with self.subTest(model=model, params=params, due=due):
                        runner.prepare("bakery", model, concurrency=6, **cakes, **params)
                        for sample in (1, 2):
                            kind, reply = runner.sample(sample, 300, 20240229, due)
                            self.assertEqual((kind, reply.get("answer")), ("sample", expected), reply)
                            self.check(reply, params, due)
                self.assertEqual(runner.end(), 0)

    def check(self, reply, params, due):
        self.assertLessEqual(reply["peak_in_service"], 6)
        self.assertEqual("response" in reply, due is not None and due["kind"] != "shared")
        self.assertEqual(sum(count for _, count in reply["service"]["counts"]), 300)
        if "mixers" in params:
            for station, places in enumerate((3, 2, 2, 1)):
                stays = [hold for hold in reply["holds"] if hold["station"] == station]
                self.assertTrue(stays)
                events = sorted([(stay["from"], 1) for stay in stays] + [(stay["to"], -1) for stay in stays])
                there = peak = 0
                for _, change in events:
                    there += change
                    peak = max(peak, there)
                self.assertLessEqual(peak, places, f"station {station}")


class Requests(unittest.TestCase):
    """What is not right is answered, and ends nothing."""

    def refused(self, reply, words, usage=True):
        kind, fields = reply
        self.assertEqual((kind, fields.get("usage")), ("error", usage), fields)
        self.assertIn(words, fields["message"])
        self.assertNotIn("\n", fields["message"])

    def test_requests_that_are_refused(self):
        with Runner() as runner:
            runner.say("")
            runner.say("cake")
            self.refused(runner.hear(), "not a request of protocol version 2")
            self.refused(runner.ask("bake"), "unknown request 'bake'")
            self.refused(runner.ask("go"), "no sample is at its gate")
            self.refused(runner.ask("sample", sample=1, orders=1, seed="1"), "before 'prepare'")
            self.refused(runner.ask("prepare", protocol=1), "protocol version 1 was asked for")
            self.refused(runner.ask("prepare", protocol=2, cake=1), "unknown field 'cake'")
            self.refused(runner.prepare("nothing", "asyncoi"), "did you mean 'asyncio'?")
            self.refused(runner.prepare("bakry", "asyncio"), "did you mean 'bakery'?")
            self.refused(runner.prepare("bakery", "asyncio", mixer=1), "did you mean 'mixers'?")
            self.refused(runner.prepare("bakery", "asyncio", mixers=-1), "mixers = -1 is not a whole number")
            self.refused(runner.prepare("bakery", "asyncio", mix_wait="2"), "mix_wait: '2' is no time")
            self.refused(runner.prepare("bakery", "asyncio", concurrency=4, bakers=2), "2 bakers who stand by")
            kind, fields = runner.prepare("fetch", "curio", "aiohttp", ["127.0.0.1:1"])
            self.assertEqual((kind, "curio does not fetch" in fields.get("reason", "")), ("unable", True), fields)
            self.assertEqual(runner.prepare("nothing", "multiprocessing", concurrency=10_000)[0], "unable")
            self.assertEqual(runner.prepare("nothing", "asyncio", concurrency=4)[0], "ready")
            for fields, words in [
                ({"orders": 0, "seed": "1"}, "'orders' of the sample is 0"),
                ({"orders": 1, "seed": 1}, "hexadecimal"),
                ({"orders": 1, "seed": "1", "due": {"kind": "constant", "rate": 0}}, "'rate' of 'due'"),
                ({"orders": 1, "seed": "1", "due": {"kind": "often", "rate": 1}}, "kind of 'due'"),
            ]:
                self.refused(runner.ask("sample", sample=1, **fields), words)
            self.assertEqual(runner.sample(1, 10, 1)[0], "sample")
            self.assertEqual(runner.end(), 0)

    def test_what_is_not_due_ends_the_sample(self):
        for model in MODELS:
            with Runner() as runner:
                for interrupted in ("gate", "closed"):
                    with self.subTest(model=model, interrupted=interrupted):
                        runner.prepare("nothing", model, concurrency=2)
                        kind, _ = runner.ask("sample", sample=1, orders=5, seed="1", observe=True)
                        if interrupted == "closed":
                            kind, _ = runner.ask("go")
                        self.assertEqual(kind, interrupted)
                        self.refused(runner.ask("sample", sample=2, orders=5, seed="1"), "was asked for where")
                        self.refused(runner.ask("sample", sample=3, orders=5, seed="1"), "earlier sample failed")
                self.assertEqual(runner.end(), 0)

    def test_the_end_of_the_input_is_the_end(self):
        for model in MODELS:
            for till in ("ready", "gate", "closed"):
                with self.subTest(model=model, till=till), Runner() as runner:
                    kind, _ = runner.prepare("nothing", model, concurrency=2)
                    if kind != till:
                        kind, _ = runner.ask("sample", sample=1, orders=5, seed="1", observe=True)
                    if kind != till:
                        kind, _ = runner.ask("go")
                    self.assertEqual(kind, till)
                    runner.process.stdin.close()
                    self.assertEqual(runner.process.wait(20), 0)

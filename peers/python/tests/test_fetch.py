import unittest

from bakeoff_peer.models import MODELS

from .mock_server import SEED, Server
from .runner import Runner
from .vectors import number, rows


def pairs():
    """Every model with every client that it knows."""
    for model, (_, _, clients) in MODELS.items():
        for client in ("wire", *clients):
            yield model, client


class Fetch(unittest.TestCase):
    def test_every_method_is_answered_right(self):
        batches = {row[1]: row for row in rows("batch") if row[0] == "fetch" and "size" not in row[1]}
        self.assertEqual(len(batches), 5)
        with Server() as server:
            for model, client in pairs():
                with Runner() as runner:
                    for params, (_, _, seed, orders, answer) in batches.items():
                        method = params.strip("{}").partition(":")[2].strip('"') or "GET"
                        with self.subTest(model=model, client=client, method=method):
                            server.seen.clear()
                            server.connections = 0
                            runner.prepare("fetch", model, client, [server.address], concurrency=4, method=method)
                            self.assertEqual(number(seed), SEED)
                            kind, reply = runner.sample(5, number(orders), SEED)
                            self.assertEqual((kind, reply.get("answer")), ("sample", answer), reply)
                            self.assertEqual(len(set(server.seen)), 1 if method == "POST" else number(orders))
                            self.assertTrue(all("sample=5" in line for line in server.seen))
                            self.assertLessEqual(server.connections, 4)
                    with self.subTest(model=model, client=client, connection="per-order"):
                        server.connections = 0
                        params = {"concurrency": 4, "connection": "per-order", "cap_per_host": 2}
                        runner.prepare("fetch", model, client, [server.address], **params)
                        kind, reply = runner.sample(1, 30, SEED)
                        self.assertEqual(kind, "sample", reply)
                        self.assertEqual(server.connections, 30)
                    self.assertEqual(runner.end(), 0)

    def test_faults_are_clear_errors(self):
        with Server() as gone:
            pass
        for model in MODELS:
            with Runner() as runner, Server() as server:
                for fault, words, params in [
                    ("truncate", "closed in the middle", {}),
                    ("status500", "status 500 where 200 was due", {}),
                    ("silence", "no whole response within 100ms", {"timeout": "100ms"}),
                ]:
                    with self.subTest(model=model, fault=fault):
                        server.fault = fault
                        runner.prepare("fetch", model, "wire", [server.address], concurrency=4, **params)
                        kind, reply = runner.sample(1, 100, SEED)
                        self.assertEqual((kind, reply.get("usage")), ("error", False), reply)
                        self.assertIn(words, reply["message"])
                        self.assertRegex(reply["message"], r"^order \d+: .*item \d*[13579]9: ")
                with self.subTest(model=model, fault="a server that is not there"):
                    runner.prepare("fetch", model, "wire", [gone.address], concurrency=4)
                    kind, reply = runner.sample(1, 100, SEED)
                    self.assertEqual(kind, "error", reply)
                    self.assertIn("could not open its session", reply["message"])
                self.assertEqual(runner.end(), 0)

"""The program under test, as the harness talks to it."""

import json
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "bakeoff_peer", "runner"]


class Runner:
    """A runner, which ends with the block that it is used in."""

    def __enter__(self):
        self.process = subprocess.Popen(
            COMMAND,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()

    def say(self, text: str) -> None:
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def hear(self) -> tuple[str, dict]:
        [(kind, fields)] = json.loads(self.process.stdout.readline()).items()
        return kind, fields

    def ask(self, kind: str, **fields) -> tuple[str, dict]:
        self.say(json.dumps({kind: fields}))
        return self.hear()

    def prepare(self, workload: str, model: str, client: str = "none", hosts=(), **params) -> tuple[str, dict]:
        return self.ask(
            "prepare",
            protocol=2,
            workload=workload,
            scenario="test",
            model=model,
            client=client,
            params=params,
            workers=2,
            hosts=list(hosts),
            trace=True,
        )

    def sample(self, number: int, orders: int, seed: int, due: dict | None = None) -> tuple[str, dict]:
        """A sample that is observed, as all of the harness's are."""
        kind, fields = self.ask("sample", sample=number, orders=orders, seed=f"{seed:016x}", due=due, observe=True)
        if kind == "gate":
            kind, fields = self.ask("go")
        if kind == "closed":
            wall = fields["wall_ns"]
            kind, fields = self.ask("settle")
            assert fields.get("wall_ns", 0) <= wall
        return kind, fields

    def end(self) -> int:
        """Says stop; the exit status."""
        assert self.ask("stop")[0] == "stopped"
        return self.process.wait(20)

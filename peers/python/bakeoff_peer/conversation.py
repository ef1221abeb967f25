"""The runner's side of the protocol, version 2: one JSON object a line (docs/PROTOCOL.md)."""

import json
import os
import platform
import resource
import sys
from typing import BinaryIO

from . import clients, models, parent, workloads
from .batch import Batch, Due, Sample, now
from .errors import Unable, UsageError, one_line, unknown
from .generators import knead
from .models.base import Model, Setup
from .params import Params, Shared

PROTOCOL = 2
LONGEST_LINE = 1 << 20
PREPARE = {
    *("protocol", "workload", "scenario", "model", "client", "params", "workers"),
    *("class", "cpus", "hosts", "target_path", "target_host", "trace"),
}
SAMPLE = {"sample", "orders", "seed", "due", "observe"}
DUE = {"kind", "rate", "seed", "burst"}


def converse(parent_id: int | None) -> None:
    """Answers requests until `stop` or the end of the input."""
    if parent_id is not None:
        parent.die_with_it(parent_id)
    runner = Runner(*_own_streams())
    code = 1
    try:
        runner.answer_all()
        code = 0
    except BrokenPipeError:
        pass
    except UnicodeDecodeError as error:
        print(f"bakeoff_peer: a request is not valid UTF-8: {error}", file=sys.stderr)
    finally:
        runner.discard()
        sys.stderr.flush()
        # What a failed order left behind, threads above all, is not waited for.
        os._exit(code)


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input, and standard output where no library can print to it."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, out


class Runner:
    """What the harness talks to."""

    def __init__(self, lines: BinaryIO, out: BinaryIO):
        self._lines, self._out = lines, out
        self._cell: Cell | None = None
        self._failed = False

    def answer_all(self) -> None:
        """The conversation."""
        while (line := self._read()) is not None:
            try:
                kind, fields = _message(line)
                if kind == "stop":
                    start = now()
                    self.discard()
                    self._say("stopped", shutdown_ns=now() - start)
                    return
                if kind == "prepare":
                    self._say("ready", **self._prepare(fields))
                elif kind == "sample":
                    self._say("sample", **self._sample(fields))
                else:
                    raise UsageError(f"'{kind}' was asked for, and no sample is at its gate or closed")
            except Unable as reason:
                self._say("unable", reason=one_line(reason))
            except UsageError as error:
                self._say("error", message=one_line(error), usage=True)
            except BrokenPipeError:
                raise
            except BaseException as error:
                self._say("error", message=one_line(error), usage=False)

    def discard(self) -> None:
        """Ends the cell, if there is one."""
        cell, self._cell = self._cell, None
        if cell:
            cell.model.close()

    def at_gate(self, number: int) -> str | None:
        """Says that all units stand at the gate, and waits to be told to open it; what went wrong."""
        self._say("gate", sample=number)
        return self._expect("go")

    def closed(self, number: int, wall_ns: int) -> str | None:
        """Says that the last order has ended, and waits until the process tree was looked at."""
        self._say("closed", sample=number, wall_ns=wall_ns)
        return self._expect("settle")

    def _expect(self, kind: str) -> str | None:
        line = self._read()
        if line is None:
            # Units stand where they are, and nobody will let them go on. Workers die with us.
            os._exit(0)
        try:
            got, _ = _message(line)
        except UsageError:
            got = "no request"
        return None if got == kind else f"'{got}' was asked for where '{kind}' was due"

    def _read(self) -> str | None:
        """The next line that is not blank; ``None`` at the end of the input."""
        while line := self._lines.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                print(f"bakeoff_peer: a request of more than {LONGEST_LINE} bytes", file=sys.stderr)
                os._exit(1)
            text = line.decode()
            if text.strip():
                return text
        return None

    def _say(self, kind: str, **fields) -> None:
        self._out.write(json.dumps({kind: fields}, separators=(",", ":")).encode() + b"\n")
        self._out.flush()

    def _prepare(self, fields: dict) -> dict:
        if fields.get("protocol") != PROTOCOL:
            raise UsageError(
                f"protocol version {fields.get('protocol')} was asked for; this runner speaks version {PROTOCOL}"
            )
        _check(fields, PREPARE, PREPARE - {"class", "cpus", "hosts", "target_path", "target_host", "trace"})
        self.discard()
        self._failed = False
        self._cell = Cell(fields, self)
        return self._cell.ready()

    def _sample(self, fields: dict) -> dict:
        if self._failed:
            raise UsageError("an earlier sample failed, and the model with it: 'prepare' it anew")
        if not self._cell:
            raise UsageError("'sample' was asked for before 'prepare'")
        sample = _read_sample(fields)
        try:
            return self._cell.measure(sample)
        except BaseException:
            self._failed = True
            raise


class Cell:
    """A model and a workload that have met."""

    def __init__(self, fields: dict, runner: Runner):
        start = now()
        _raise_descriptor_limit()
        if cpus := fields.get("cpus"):
            _set_affinity(cpus)
        if not (type(fields["workers"]) is int and 1 <= fields["workers"] <= 1024):
            raise UsageError(f"'workers' is {fields['workers']}: ask for 1 to 1024")
        if fields.get("target_path") is not None:
            raise Unable("the Python peer fetches from the mock server alone")
        model = models.named(fields["model"], fields["client"])
        model.make_way_for(fields["client"])
        params = Params(f"{fields['workload']}/{fields['scenario']}", fields["params"])
        self.shared = Shared.of(params)
        self.trace = bool(fields.get("trace"))
        self.runner = runner
        hosts = fields.get("hosts") or []
        self.workload = workloads.build(fields["workload"], params, fields["client"], hosts)
        self.libraries = model.libraries + clients.libraries(fields["client"])
        self.model: Model = model(
            Setup(
                concurrency=self.shared.concurrency,
                workers=fields["workers"],
                stations=self.workload.stations,
                turns=self.shared.turns,
                trace=self.trace,
                workload=self.workload,
            )
        )
        self.startup_ns = now() - start

    def ready(self) -> dict:
        """What the harness is told when the cell stands ready."""
        return {
            "protocol": PROTOCOL,
            "versions": {"python": platform.python_version()} | models.versions(self.libraries),
            "shape": self.model.shape,
            "threads": self.model.threads,
            "processes": self.model.processes,
            "in_flight": self.model.in_flight,
            "cpus": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
            "descriptors": _descriptor_limit(),
            "memory_bytes": None,
            "startup_ns": self.startup_ns,
            "overhead_ns": None,
            "clock_step_ns": _clock_step(),
            "ns_per_iteration": _ns_per_iteration(),
        }

    def measure(self, sample: Sample) -> dict:
        """Serves one batch."""
        batch = Batch(self.workload, sample, self.shared, self.runner, self.trace)
        try:
            self.model.run(batch)
        except BaseException:
            # What a library makes of a failure, a group of errors say, is told by the batch better.
            if batch.failure is None:
                raise
        return batch.reply(self.model.take_holds())


def _message(line: str) -> tuple[str, dict]:
    """The kind of a request and its fields."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise UsageError(f"not a request of protocol version {PROTOCOL}: {error}") from None
    if not isinstance(message, dict) or len(message) != 1:
        raise UsageError(f"not a request of protocol version {PROTOCOL}: an object of one key was due")
    [(kind, fields)] = message.items()
    if kind not in ("prepare", "sample", "stop", "go", "settle"):
        raise unknown("request", kind, ("prepare", "sample", "stop"))
    if not isinstance(fields, dict):
        raise UsageError(f"not a request of protocol version {PROTOCOL}: '{kind}' holds no object")
    if kind in ("stop", "go", "settle"):
        _check(fields, set(), set())
    return kind, fields


def _check(fields: dict, known: set[str], needed: set[str]) -> None:
    for key in fields:
        if key not in known:
            raise UsageError(f"not a request of protocol version {PROTOCOL}: unknown field '{key}'")
    for key in sorted(needed):
        if key not in fields:
            raise UsageError(f"not a request of protocol version {PROTOCOL}: the field '{key}' is missing")


def _read_sample(fields: dict) -> Sample:
    _check(fields, SAMPLE, {"sample", "orders", "seed"})
    orders = fields["orders"]
    if type(orders) is not int or not 1 <= orders <= 100_000_000:
        raise UsageError(f"'orders' of the sample is {orders}: ask for 1 to 100000000")
    if type(fields["sample"]) is not int or fields["sample"] < 0:
        raise UsageError(f"'sample' is {fields['sample']}: a whole number was due")
    due = fields.get("due")
    if due is not None:
        due = _read_due(due, orders)
    return Sample(fields["sample"], orders, _word(fields["seed"], "seed"), due, bool(fields.get("observe")))


def _read_due(fields: dict, orders: int) -> Due:
    _check(fields, DUE, {"kind", "rate"})
    kind, rate, burst = fields["kind"], fields["rate"], fields.get("burst", 1)
    if kind not in ("shared", "constant", "poisson", "burst"):
        raise unknown("kind of 'due'", str(kind), ("shared", "constant", "poisson", "burst"))
    if type(rate) not in (int, float) or not 0 < rate <= 1e7:
        raise UsageError(f"'rate' of 'due' is {rate}: ask for more than 0 and at most 10000000 orders per second")
    if orders / rate > 86_400:
        raise UsageError(f"{orders} orders at a 'rate' of {rate} per second take more than a day")
    if type(burst) is not int or (kind == "burst" and not 1 <= burst <= 1_000_000):
        raise UsageError(f"'burst' of 'due' is {burst}: ask for 1 to 1000000")
    return Due(kind, float(rate), _word(fields.get("seed", "0"), "seed"), burst)


def _word(text, field: str) -> int:
    """A 64-bit word: 1 to 16 hexadecimal digits."""
    digits = "0123456789abcdefABCDEF"
    if isinstance(text, str) and 1 <= len(text) <= 16 and all(digit in digits for digit in text):
        return int(text, 16)
    raise UsageError(f"'{field}' is {text!r}: 1 to 16 hexadecimal digits were due")


def _set_affinity(cpus: list[int]) -> None:
    try:
        os.sched_setaffinity(0, cpus)
    except (OSError, AttributeError, ValueError):
        # The reply names what was obtained.
        pass


def _raise_descriptor_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        pass


def _descriptor_limit() -> int | None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _clock_step() -> int:
    """Least step of the clock in some hundred readings, ns."""
    readings = [now() for _ in range(500)]
    steps = [later - earlier for earlier, later in zip(readings, readings[1:])]
    return min((step for step in steps if step > 0), default=1)


def _ns_per_iteration() -> float:
    """Price of one iteration of the bakery's arithmetic: the fastest of a few short loops, ns."""
    times = []
    for seed in range(10):
        start = now()
        knead(seed, 2000)
        times.append((now() - start) / 2000)
    return min(times)

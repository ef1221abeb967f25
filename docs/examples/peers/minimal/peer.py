"""A runner of bakeoff's protocol in a hundred lines: the bakery, one thread for each unit."""

import json, os, sys, threading, time

WORD = (1 << 64) - 1
STEPS = {"mix": 0, "bake": 8, "frosting": 16, "frost": 24}  # a step and its lane
KNOWN = {"orders", "concurrency", "payload", "arrivals", "rate", "load", "burst", "delivery", "style"}
KNOWN |= {"bakers", "mixers", "ovens", "tables"} | {f"{s}_{k}" for s in STEPS for k in ("cpu", "wait")}
UNITS = {"": 1, "ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9}


def mix(word):
    word = (word + 0x9E3779B97F4A7C15) & WORD
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & WORD
    return word ^ (word >> 31)


def draw(seed, index, lane):
    return mix(mix(mix(seed) ^ index) ^ lane)


def knead(word, iterations):
    for k in range(iterations):
        word = ((word ^ (word >> 29)) * 0xBF58476D1CE4E5B9 & WORD) ^ k
    return word


class Unable(Exception):
    """What the protocol knows and this program does not do."""


def wait_of(text):
    """The wait that a parameter asks for, ns: `none` and `V` alone."""
    text = str(text).removeprefix("fixed:").strip()
    number = text.rstrip("nuµms ")
    if text == "none":
        return 0
    if ":" in text or text[len(number):].strip() not in UNITS:
        raise Unable(f"waits like '{text}' are not done here")
    return int(float(number) * UNITS[text[len(number):].strip()])


class Bakery:
    def __init__(self, prepare):
        params = prepare["params"]
        if prepare["protocol"] != 2:
            raise ValueError(f"protocol version {prepare['protocol']} was asked for; this runner speaks version 2")
        if prepare["workload"] != "bakery":
            raise Unable(f"the workload {prepare['workload']} is not done here")
        if unknown := set(params) - KNOWN:
            raise ValueError(f"unknown parameter of bakery '{unknown.pop()}'")
        for key, only in {"style": "stand-by", "delivery": "as-completed", "arrivals": "closed", "payload": 0, "rate": 0, "load": 0}.items():
            if params.get(key, only) != only:
                raise Unable(f"{key} = {params[key]} is not done here")
        self.concurrency = int(params.get("concurrency", 1))
        if not 1 <= self.concurrency <= 1_000_000:
            raise ValueError("concurrency is a whole number from 1 to 1000000")
        places = [int(params.get(name, 0)) for name in ("mixers", "ovens", "tables")]
        self.stations = {n: threading.Semaphore(p) for n, p in enumerate(places, 1) if p}
        self.steps = {s: (lane, wait_of(params.get(f"{s}_wait", "none")), params.get(f"{s}_cpu", 0)) for s, lane in STEPS.items()}
        self.trace, self.holds = prepare.get("trace", False), []

    def at(self, station, labour):
        """A stay at a station; it is noted after the place was had and before it is left."""
        if station not in self.stations:
            return labour()
        with self.stations[station]:
            start = time.monotonic_ns()
            labour()
            if self.trace:
                self.holds.append({"station": station, "from": start, "to": time.monotonic_ns()})

    def cake(self, seeds, slot):
        def labour(step, note=lambda until: time.sleep(max(0, until - time.monotonic_ns()) / 1e9)):
            _, wait, cpu = self.steps[step]
            until = time.monotonic_ns() + wait
            slot.append(knead(seeds[step], cpu))
            note(until)

        def bake():
            out = []
            labour("bake", out.append)
            self.at(3, lambda: labour("frosting"))
            time.sleep(max(0, out[0] - time.monotonic_ns()) / 1e9)

        start = time.monotonic_ns()
        self.at(1, lambda: labour("mix"))
        self.at(2, bake)
        self.at(3, lambda: labour("frost"))
        slot += [start, time.monotonic_ns()]

    def sample(self, asked):
        begun, orders, seed = time.monotonic_ns(), asked["orders"], int(asked["seed"], 16)
        if not 1 <= orders <= 10**8:
            raise ValueError(f"'orders' of the sample is {orders}: ask for 1 to 100000000")
        # What only the harness asks for is drawn before the gate.
        seeds = [{s: draw(seed, i, lane + 2) for s, lane in STEPS.items()} for i in range(orders)]
        slots, self.holds, claim = [[] for _ in range(orders)], [], iter(range(orders))
        gate, end = (threading.Barrier(min(self.concurrency, orders) + 1) for _ in range(2))

        def unit():
            gate.wait()
            gate.wait()
            for index in claim:  # `next` of an iterator in C is atomic under the interpreter's lock
                self.cake(seeds[index], slots[index])
            end.wait()
            end.wait()

        units = [threading.Thread(target=unit, daemon=True) for _ in range(min(self.concurrency, orders))]
        [one.start() for one in units]
        gate.wait()
        startup = time.monotonic_ns() - begun
        if asked.get("observe"):
            say({"gate": {"sample": asked["sample"]}})
            expect("go")
        opened = time.monotonic_ns()
        gate.wait()
        end.wait()
        closed = time.monotonic_ns()
        if asked.get("observe"):
            say({"closed": {"sample": asked["sample"], "wall_ns": closed - opened}})
            expect("settle")
        end.wait()
        [one.join() for one in units]
        answer = sum(mix(taste(slot[:4]) ^ mix(i)) for i, slot in enumerate(slots)) & WORD
        times = sorted(slot[5] - slot[4] for slot in slots)
        counts = {}
        for value in times:
            counts[value] = counts.get(value, 0) + 1
        events = sorted([(slot[4], 1) for slot in slots] + [(slot[5], -1) for slot in slots], key=lambda e: (e[0], e[1]))
        now = peak = 0
        for _, change in events:
            peak = max(peak, now := now + change)
        return {
            "sample": asked["sample"], "orders": orders, "wall_ns": max(slot[5] for slot in slots) - opened,
            "service": {"mean_ns": sum(times) / orders, "max_ns": times[-1], "counts": list(counts.items())},
            "startup_ns": startup, "shutdown_ns": time.monotonic_ns() - closed, "answer": f"{answer:016x}",
            "peak_in_service": peak if self.trace else 0, "holds": self.holds,
        }


def taste(answers):
    mixed, baked, frosting, frosted = answers
    return mix(mix(mix(mixed) ^ baked) ^ frosting) ^ frosted


def say(reply):
    print(json.dumps(reply), flush=True)


def hear():
    while line := sys.stdin.readline():
        if line.strip():
            return line
    sys.exit(0)


def expect(word):
    if word not in json.loads(hear()):
        raise RuntimeError(f"'{word}' was due")


def answer(request, cell):
    (kind, fields), begun = next(iter(request.items())), time.monotonic_ns()
    if kind == "prepare":
        cell["is"] = bakery = Bakery(fields)
        return {"ready": {
            "protocol": 2, "versions": {"python": sys.version.split()[0]}, "shape": "per-unit",
            "threads": bakery.concurrency + 1, "processes": 1, "in_flight": bakery.concurrency,
            "cpus": sorted(os.sched_getaffinity(0)), "startup_ns": time.monotonic_ns() - begun,
        }}
    if kind == "sample":
        if "is" not in cell:
            raise ValueError("'sample' was asked for before 'prepare'")
        return {"sample": cell["is"].sample(fields)}
    if kind == "stop":
        return {"stopped": {"shutdown_ns": 0}}
    raise ValueError(f"not a request of protocol version 2: '{kind}'")


cell = {}
while True:
    try:
        request = json.loads(hear())
        reply = answer(request, cell)
    except Unable as reason:
        reply = {"unable": {"reason": str(reason)}}
    except Exception as error:
        reply = {"error": {"message": str(error) or repr(error), "usage": not isinstance(error, RuntimeError)}}
    say(reply)
    if "stopped" in reply:
        break

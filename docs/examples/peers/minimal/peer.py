"""A runner of bakeoff's protocol to begin with: cakes without stations, one thread a unit."""

import json, os, sys, threading, time

WORD = (1 << 64) - 1
LANES = {"mix": 0, "bake": 8, "frosting": 16, "frost": 24}  # of each step's draws
KNOWN = "orders concurrency payload arrivals rate load burst delivery style bakers mixers ovens tables".split()
KNOWN += [f"{step}_{kind}" for step in LANES for kind in ("cpu", "wait")]
ONLY = {"style": "stand-by", "delivery": "as-completed", "arrivals": "closed", "payload": 0, "rate": 0, "load": 0, "mixers": 0, "ovens": 0, "tables": 0}
now = time.monotonic_ns


class Unable(Exception):
    """What the protocol knows and this program does not do."""


def mix(word):
    word = (word + 0x9E3779B97F4A7C15) & WORD
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & WORD
    return word ^ (word >> 31)


def knead(word, iterations):
    for k in range(iterations):
        word = ((word ^ (word >> 29)) * 0xBF58476D1CE4E5B9 & WORD) ^ k
    return word


def wait_ns(text):
    """`none`, or a time in whole units; the distributions are left to other programs."""
    text = str(text)
    for unit, factor in {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}.items():
        if text.removesuffix(unit).isdigit():
            return int(text.removesuffix(unit)) * factor
    if text == "none":
        return 0
    raise Unable(f"waits like '{text}' are not done here")


def prepare(asked):
    begun, params = now(), asked["params"]
    if asked["protocol"] != 2:
        raise ValueError(f"protocol version {asked['protocol']} was asked for; this runner speaks version 2")
    if asked["workload"] != "bakery":
        raise Unable(f"the workload {asked['workload']} is not done here")
    if unknown := set(params) - set(KNOWN):
        raise ValueError(f"unknown parameter of bakery '{unknown.pop()}'")
    for key, only in ONLY.items():
        if params.get(key, only) != only:
            raise Unable(f"{key} = {params[key]} is not done here")
    if not 1 <= int(params.get("concurrency", 1)) <= 10**6:
        raise ValueError("concurrency is a whole number from 1 to 1000000")
    steps = {step: (wait_ns(params.get(f"{step}_wait", "none")), params.get(f"{step}_cpu", 0)) for step in LANES}
    cell.update(units=int(params.get("concurrency", 1)), steps=steps, trace=asked.get("trace", False))
    versions, cpus = {"python": sys.version.split()[0]}, sorted(os.sched_getaffinity(0))
    return {"ready": {"protocol": 2, "versions": versions, "shape": "per-unit", "threads": cell["units"] + 1, "processes": 1,
                      "in_flight": cell["units"], "cpus": cpus, "startup_ns": now() - begun}}


def bake(seeds, slot):
    """One cake: all that stands between its two looks at the clock."""
    def labour(step):
        wait, iterations = cell["steps"][step]
        until = now() + wait
        slot.append(knead(seeds[step], iterations))
        return until

    def sleep(until):
        time.sleep(max(0, until - now()) / 1e9)

    start = now()
    sleep(labour("mix"))
    out = labour("bake")  # while it is in the oven, the frosting is made
    sleep(labour("frosting"))
    sleep(out)
    sleep(labour("frost"))
    slot += [start, now()]


def sample(asked):
    begun, number, orders, seed = now(), asked["sample"], asked["orders"], int(asked["seed"], 16)
    if not 1 <= orders <= 10**8:
        raise ValueError(f"'orders' of the sample is {orders}: ask for 1 to 100000000")
    # What only the harness asks for is drawn before the gate: draw(seed, i, lane + 2).
    drawn = [{step: mix(mix(mix(seed) ^ i) ^ (lane + 2)) for step, lane in LANES.items()} for i in range(orders)]
    slots, claims, units = [[] for _ in range(orders)], iter(range(orders)), min(cell["units"], orders)
    gate, end = threading.Barrier(units + 1), threading.Barrier(units + 1)

    def unit():
        gate.wait(), gate.wait()  # met twice: when all stand there, and when it opens
        for index in claims:  # under the interpreter's lock each index is given once
            bake(drawn[index], slots[index])
        end.wait(), end.wait()

    threads = [threading.Thread(target=unit, daemon=True) for _ in range(units)]
    [thread.start() for thread in threads]
    gate.wait()
    startup = now() - begun
    if asked.get("observe"):
        say({"gate": {"sample": number}})
        expect("go")
    opened = now()
    gate.wait(), end.wait()
    closed = now()
    if asked.get("observe"):
        say({"closed": {"sample": number, "wall_ns": closed - opened}})
        expect("settle")
    end.wait()
    [thread.join() for thread in threads]
    answer = sum(mix((mix(mix(mix(m) ^ b) ^ f) ^ t) ^ mix(i)) for i, (m, b, f, t, *_) in enumerate(slots)) & WORD
    times, counts, busy, peak = sorted(slot[5] - slot[4] for slot in slots), {}, 0, 0
    for value in times:
        counts[value] = counts.get(value, 0) + 1
    for _, change in sorted((at, change) for slot in slots for at, change in ((slot[4], 1), (slot[5], -1))):
        peak = max(peak, busy := busy + change)
    return {"sample": {"sample": number, "orders": orders, "wall_ns": max(slot[5] for slot in slots) - opened,
                       "service": {"mean_ns": sum(times) / orders, "max_ns": times[-1], "counts": list(counts.items())},
                       "startup_ns": startup, "shutdown_ns": now() - closed, "answer": f"{answer:016x}",
                       "peak_in_service": peak if cell["trace"] else 0}}


def say(reply):
    print(json.dumps(reply), flush=True)


def hear():
    for line in sys.stdin:
        if line.strip():
            return json.loads(line)
    os._exit(0)  # the end of the input is the end


def expect(word):
    if word not in hear():
        raise RuntimeError(f"'{word}' was due")


def answer(request):
    kind, fields = next(iter(request.items()))
    if kind == "sample" and "units" not in cell:
        raise ValueError("'sample' was asked for before 'prepare'")
    return {"prepare": prepare, "sample": sample, "stop": lambda _: {"stopped": {"shutdown_ns": 0}}}[kind](fields)


cell, reply = {}, {}
while "stopped" not in reply:
    try:
        reply = answer(hear())
    except Unable as reason:
        reply = {"unable": {"reason": str(reason)}}
    except Exception as error:
        reply = {"error": {"message": str(error) or repr(error), "usage": not isinstance(error, RuntimeError)}}
    say(reply)

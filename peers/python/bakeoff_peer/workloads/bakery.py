"""The bakery: a cake is four steps, and stations have a limited number of places.

Mixing comes before baking; frosting can be made at any time; frosting the cake needs both.
"""

from typing import NamedTuple

from ..batch import now
from ..errors import UsageError
from ..generators import draw, knead, taste
from ..params import Params, Shared
from ..spread import Spread
from .idle import Idle

STATIONS = ("bakers", "mixers", "ovens", "tables")
BAKERS, MIXERS, OVENS, TABLES = range(4)
#: The steps with their lanes.
STEPS = {"mix": 0, "bake": 8, "frosting": 16, "frost": 24}
KEYS = ("style", *STATIONS, *(f"{step}_{what}" for step in STEPS for what in ("cpu", "wait")))
AN_HOUR = 3_600_000_000_000


class Task(NamedTuple):
    """One step of one cake: what its arithmetic begins with, how long that is, what it waits."""

    seed: int
    iterations: int
    wait_ns: int


class Cake(NamedTuple):
    """One order."""

    mix: Task
    bake: Task
    frosting: Task
    frost: Task


class Bakery(Idle):
    """Cakes, and where they are made."""

    def __init__(self, params: Params, client: str, hosts: list[str]):
        params.refuse_unknown(KEYS)
        self.jumps = params.choice("style", "stand-by", "jump") == "jump"
        places = [params.whole(name, 0, 0, 60_000) for name in STATIONS]
        concurrency = Shared.of(params).concurrency
        if not self.jumps and 0 < places[BAKERS] < concurrency:
            raise UsageError(
                f"{params.name}: {places[BAKERS]} bakers who stand by cannot keep {concurrency} cakes open; "
                "set style=jump, or concurrency to at most the bakers"
            )
        if not self.jumps:
            # Bakers who stand by are the units themselves.
            places[BAKERS] = 0
        self.stations = tuple(places)
        self._steps: list[tuple[int, Spread, int]] = [
            (params.whole(f"{step}_cpu", 0, 0, 2_000_000_000), params.times(f"{step}_wait", AN_HOUR), lane)
            for step, lane in STEPS.items()
        ]

    def plan(self, seed: int, sample: int, orders: int) -> list[Cake]:
        return [
            Cake(
                *(
                    Task(draw(seed, index, lane + 2), cpu, wait.value(seed, index, lane))
                    for cpu, wait, lane in self._steps
                )
            )
            for index in range(orders)
        ]

    def answers(self, results: list) -> list[int]:
        return [taste(*steps) for steps in results]

    async def order(self, kit, session: None, cake: Cake) -> tuple:
        """Bakes a cake on an event loop."""
        bakers, mixers, ovens, tables = kit.stations
        frosting = None
        async with bakers:
            if self.jumps and not kit.has_room(mixers):
                # The jump: the line for a mixer is long, so the frosting comes first.
                async with tables:
                    frosting = await _labour(kit, cake.frosting)
            async with mixers:
                mixed = await _labour(kit, cake.mix)
        async with ovens:
            out = now() + cake.bake.wait_ns
            baked = knead(cake.bake.seed, cake.bake.iterations)
            if frosting is None:
                frosting = await kit.join(_frosting(kit, cake), kit.sleep_until(out))
            else:
                await kit.sleep_until(out)
        async with bakers, tables:
            frosted = await _labour(kit, cake.frost)
        return mixed, baked, frosting, frosted

    def order_direct(self, kit, session: None, cake: Cake) -> tuple:
        """Bakes a cake where waiting blocks the unit."""
        bakers, mixers, ovens, tables = kit.stations
        frosting = None
        with bakers:
            # Whoever looks whether a place is free must take it in the same step.
            at_once = self.jumps and mixers.acquire(False)
            if self.jumps and not at_once:
                with tables:
                    frosting = _labour_direct(kit, cake.frosting)
            if not at_once:
                mixers.acquire()
            try:
                mixed = _labour_direct(kit, cake.mix)
            finally:
                mixers.release()
        with ovens:
            out = now() + cake.bake.wait_ns
            baked = knead(cake.bake.seed, cake.bake.iterations)
            if frosting is None:
                with bakers, tables:
                    frosting = _labour_direct(kit, cake.frosting)
            kit.sleep_until(out)
        with bakers, tables:
            frosted = _labour_direct(kit, cake.frost)
        return mixed, baked, frosting, frosted


async def _frosting(kit, cake: Cake) -> int:
    bakers, _, _, tables = kit.stations
    async with bakers, tables:
        return await _labour(kit, cake.frosting)


async def _labour(kit, task: Task) -> int:
    """Arithmetic and waiting overlap."""
    done = now() + task.wait_ns
    answer = knead(task.seed, task.iterations)
    await kit.sleep_until(done)
    return answer


def _labour_direct(kit, task: Task) -> int:
    done = now() + task.wait_ns
    answer = knead(task.seed, task.iterations)
    kit.sleep_until(done)
    return answer

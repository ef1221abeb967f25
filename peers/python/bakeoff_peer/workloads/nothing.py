"""Orders that do nothing, or so many iterations of the bakery's arithmetic."""

from ..generators import knead
from ..params import Params
from .idle import Idle


class Nothing(Idle):
    """The floor under every other number."""

    def __init__(self, params: Params, client: str, hosts: list[str]):
        params.refuse_unknown(("iterations",))
        self.iterations = params.whole("iterations", 0, 0, 2_000_000_000)

    def plan(self, seed: int, sample: int, orders: int) -> range:
        return range(orders)

    async def order(self, kit, session: None, index: int) -> int:
        return knead(index, self.iterations)

    def order_direct(self, kit, session: None, index: int) -> int:
        return knead(index, self.iterations)

    def answers(self, results: list) -> list:
        return results

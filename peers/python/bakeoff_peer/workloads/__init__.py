"""What is done: one file for each workload."""

from ..errors import unknown
from ..params import Params
from .bakery import Bakery
from .fetch import Fetch
from .nothing import Nothing

WORKLOADS = {"bakery": Bakery, "fetch": Fetch, "nothing": Nothing}


def build(name: str, params: Params, client: str, hosts: list[str]):
    """The workload of that name."""
    if name not in WORKLOADS:
        raise unknown("workload", name, WORKLOADS)
    return WORKLOADS[name](params, client, hosts)

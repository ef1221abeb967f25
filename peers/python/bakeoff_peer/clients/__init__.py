"""What speaks HTTP: ``wire``, by which models are compared, and what people use, beside it."""

from importlib import import_module

from ..errors import unknown

CLIENTS = {
    "wire": (".wire", "Wire", ()),
    "aiohttp": (".with_aiohttp", "WithAiohttp", ("aiohttp",)),
    "httpx": (".with_httpx", "WithHttpx", ("httpx",)),
    "requests": (".with_requests", "WithRequests", ("requests",)),
}


def build(name: str, fetch):
    """The client of that name; its library is imported by nobody else."""
    if name not in CLIENTS:
        raise unknown("client", name, CLIENTS)
    module, which, _ = CLIENTS[name]
    return getattr(import_module(module, __name__), which)(fetch)


def libraries(name: str) -> tuple[str, ...]:
    """The packages that a client names."""
    return CLIENTS[name][2] if name in CLIENTS else ()

"""The models, each in a file of its own. A model's library is imported for its own cells alone."""

from importlib import import_module
from importlib.metadata import version

from ..errors import Unable, unknown

#: By name: the file, the class, and the clients that it may use beside `wire`.
MODELS = {
    "python-sequential": ("sequential", "Sequential", ("requests",)),
    "multiprocessing": ("with_processes", "Processes", ()),
    "threading": ("with_threads", "Threads", ("requests",)),
    "gevent": ("with_gevent", "Gevent", ("requests",)),
    "asyncio": ("with_asyncio", "Asyncio", ("aiohttp", "httpx")),
    "asyncio-uvloop": ("with_uvloop", "AsyncioUvloop", ("aiohttp", "httpx")),
    "trio": ("with_trio", "Trio", ("httpx",)),
    "curio": ("with_curio", "Curio", ()),
    "twisted": ("with_twisted", "Twisted", ()),
    "anyio-asyncio": ("with_anyio", "AnyioAsyncio", ("httpx",)),
    "anyio-trio": ("with_anyio", "AnyioTrio", ("httpx",)),
}


def named(name: str, client: str):
    """The class of the model of that name, if it can use that client."""
    if name not in MODELS:
        raise unknown("model", name, MODELS)
    file, which, clients = MODELS[name]
    if client not in ("none", "wire", *clients):
        raise Unable(f"{name} does not fetch with {client}: {', '.join(('wire', *clients))}")
    return getattr(import_module(f".{file}", __name__), which)


def versions(libraries: tuple[str, ...]) -> dict[str, str]:
    """The versions of packages."""
    return {library: version(library) for library in libraries}

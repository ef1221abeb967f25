"""A blocking socket, as threads, processes and one after the other use it."""

import socket
from contextlib import nullcontext

from ..batch import now
from .base import Model


class Connection:
    """A socket that blocks the thread, or whatever stands for one."""

    __slots__ = ("sock",)

    def __init__(self, sock: socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock

    def exchange(self, request: bytes, decoder, deadline: int | None):
        sock = self.sock
        if deadline is not None:
            sock.settimeout(left(deadline))
        sock.sendall(request)
        while not (response := decoder.feed(sock.recv(65536))):
            if deadline is not None:
                sock.settimeout(left(deadline))
        return response

    def close(self) -> None:
        self.sock.close()


def left(deadline: int) -> float:
    """Seconds that are left; of none there is no socket operation."""
    seconds = (deadline - now()) / 1e9
    if seconds <= 0:
        raise TimeoutError
    return seconds


class Blocking(Model):
    """The kit of models whose units block."""

    shape = "per-unit"

    def connect(self, host: str, port: int, deadline: int | None) -> Connection:
        seconds = None if deadline is None else left(deadline)
        return Connection(socket.create_connection((host.strip("[]"), port), seconds))

    def within(self, seconds: float):
        """Sockets keep the deadline themselves."""
        return nullcontext()

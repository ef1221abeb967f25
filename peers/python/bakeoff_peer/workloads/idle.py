"""What workloads without sockets share: no stations, and sessions that hold nothing."""


class Idle:
    """Sessions of nothing."""

    stations: tuple[int, ...] = ()

    async def open(self, kit) -> None:
        """Opens nothing."""

    async def close(self, session: None) -> None:
        """Closes nothing."""

    def open_direct(self, kit) -> None:
        """Opens nothing."""

    def close_direct(self, session: None) -> None:
        """Closes nothing."""

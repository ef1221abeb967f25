"""What clients that take URLs share."""


def address(fetch, host: int) -> str:
    """Host and port of a URL."""
    name, port = fetch.addresses[host]
    return f"{name}:{port}"

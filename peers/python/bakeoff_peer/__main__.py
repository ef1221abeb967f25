"""The program: ``python -m bakeoff_peer runner [--parent PID]``."""

import argparse
import platform
import sys
from importlib.metadata import version

from . import __version__

LIBRARIES = ("uvloop", "trio", "curio", "gevent", "twisted", "anyio", "aiohttp", "httpx", "requests")


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(prog="bakeoff_peer", description=__doc__)
    parser.add_argument("--version", action="store_true", help="print one line and end")
    commands = parser.add_subparsers(dest="command")
    runner = commands.add_parser("runner", help="speak the runner protocol on the standard streams")
    runner.add_argument("--parent", type=int, help="end with this process")
    arguments = parser.parse_args()
    if arguments.version:
        # Where a library is missing, the peer is not installed.
        known = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
        print(f"bakeoff_peer {__version__}, {platform.python_implementation()} {platform.python_version()}, {known}")
    elif arguments.command == "runner":
        from .conversation import converse

        converse(arguments.parent)
    else:
        parser.print_help(sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()

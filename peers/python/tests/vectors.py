"""The vectors of docs/PROTOCOL.md, which every runner must compute alike."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "PROTOCOL.md"


def rows(name: str) -> list[list[str]]:
    """The cells of the table behind `<!-- vectors: NAME -->`, without the marks of code."""
    text = PAGE.read_text(encoding="utf-8").split(f"<!-- vectors: {name} -->\n", 1)[1]
    table = re.match(r"(?:\|.*\n)+", text).group().splitlines()[2:]
    return [[_plain(cell) for cell in line.strip("|").split("|")] for line in table]


def _plain(cell: str) -> str:
    cell = cell.strip()
    # Of code the spaces inside count.
    return cell[1:-1] if cell.startswith("`") and cell.endswith("`") else cell


def number(text: str) -> int:
    """Decimal, or hexadecimal with its prefix."""
    return int(text, 0)

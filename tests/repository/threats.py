"""Lists which tests hold which row of the threat table: `make threats`."""

import re
import sys
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parents[1]
MARK = re.compile(r"mark\.threat\(([^)]*)\)")


def rows() -> dict[str, list[str]]:
    """Test files by row."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in TESTS.rglob("test_*.py"):
        for marked in MARK.findall(path.read_text()):
            for row in re.findall(r"\"([A-Z]\d+)\"", marked):
                found[row].add(str(path.relative_to(TESTS)))
    order = sorted(found, key=lambda row: (row[0], int(row[1:])))
    return {row: sorted(found[row]) for row in order}


if __name__ == "__main__":
    for row, files in rows().items():
        sys.stdout.write(f"{row:4} {', '.join(files)}\n")

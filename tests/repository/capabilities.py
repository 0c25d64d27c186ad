"""Which module advertises which capability of IMAP, as it happens while the door is loaded.

Names are put together in loops and from constants, so the source alone does not tell. Run as a
program it loads the door in a process of its own and prints what it saw.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.repository.registered import PACKAGE, RFC

TESTS = Path(__file__).parents[1]


def watch() -> dict[str, str]:
    """Load the door; for each capability the first module of a command or extension that said it."""
    from mailsuite.imap import tables  # noqa: PLC0415 - nothing else of the door is loaded yet

    found: dict[str, str] = {}
    advertise = tables.advertise

    def seen(name: bytes, **more: Any) -> None:
        advertise(name, **more)
        frame = sys._getframe(1)
        while frame is not None:
            module = frame.f_globals["__name__"]
            if module.startswith(("mailsuite.imap.commands.", "mailsuite.imap.extensions.")):
                found.setdefault(name.decode(), module)
                return
            frame = frame.f_back  # type: ignore[assignment]
        found.setdefault(name.decode(), "mailsuite.imap.searching.keys")

    tables.advertise = seen
    from mailsuite.imap import door  # noqa: PLC0415 - now that we watch

    door.load()
    return found


def advertised() -> dict[str, Path]:
    """The module of each capability."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.repository.capabilities"],
        cwd=PACKAGE.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    places: dict[str, str] = json.loads(told.stdout)
    return {
        name: (PACKAGE.parent / module.replace(".", "/")).with_suffix(".py")
        for name, module in sorted(places.items())
    }


def rfcs_of(module: Path) -> list[str]:
    """The RFCs that a module cites, in its head if it does there."""
    text = module.read_text()
    head = text.split('"""')[1]
    return sorted(set(RFC.findall(head) or RFC.findall(text)), key=int)


def places_tested(name: str, module: Path) -> list[Path]:
    """The tests of a capability: the module's own, else those that say its name."""
    folder = TESTS / "imap"
    own = folder / module.parent.name / f"test_{module.stem}.py"
    if own.exists():
        return [own]
    spelled = name.rstrip("=").rpartition("=")[0] if name.startswith("QUOTA") else name
    return [path for path in sorted(folder.rglob("test_*.py")) if spelled in path.read_text()][:3]


if __name__ == "__main__":
    json.dump(watch(), sys.stdout)

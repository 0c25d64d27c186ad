"""Makes docs/protocols.md from the registries: `make docs`."""

import sys
from collections.abc import Iterator

from tests.repository.capabilities import advertised, places_tested, rfcs_of
from tests.repository.registered import DOORS, PACKAGE, Registered, registered

TITLES = {"smtp": "SMTP and submission", "imap": "IMAP", "pop3": "POP3"}
HEAD = """\
# What is spoken

Made from the registries by `make docs`; each name stands in one module of `commands/` or
`extensions/` of its door.
"""


def page() -> str:
    """The whole document."""
    parts = [HEAD]
    for door in DOORS:
        parts.append(
            f"\n## {TITLES[door]}\n\n| what | name | RFC | module | meaning |\n|---|---|---|---|---|\n"
        )
        rows = sorted(registered(door), key=lambda one: (one.kind, one.name, one.function))
        parts += dict.fromkeys(_row(one) for one in rows)
    return "".join([*parts, *_capabilities()])


def _capabilities() -> Iterator[str]:
    yield "\n## Capabilities of IMAP\n\n| capability | RFC | module | tests |\n|---|---|---|---|\n"
    for name, module in advertised().items():
        tests = ", ".join(
            f"`{path.relative_to(PACKAGE.parent)}`" for path in places_tested(name, module)
        )
        rfcs = ", ".join(rfcs_of(module))
        yield f"| `{name}` | {rfcs} | `{module.parent.name}/{module.name}` | {tests} |\n"


def _row(one: Registered) -> str:
    module = f"{one.module.parent.name}/{one.module.name}"
    cells = (
        one.kind.replace("_", " "),
        f"`{one.name}`",
        ", ".join(one.rfcs),
        f"`{module}`",
        one.sentence,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(page())

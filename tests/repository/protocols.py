"""Makes docs/protocols.md from the registries: `make docs`."""

import sys

from tests.repository.registered import DOORS, Registered, registered

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
    return "".join(parts)


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

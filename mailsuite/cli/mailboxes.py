"""The noun mailbox: what accounts have, and whom they share it with."""

from typing import Any

from mailsuite.cli.commands import Noun, done, human, table, taking

OWNER = "the account's address; shared: mailboxes of nobody, which all see below Shared/"
WHOM = "an address, anyone, or $ and the address of a group; -ADDRESS withholds"
RIGHTS = "letters: l see, r read, s seen, w flags, i put in, t delete, e expunge, k x a p"


def add_nouns(nouns: Any) -> None:
    """Add the noun to the command line."""
    noun = Noun(nouns, "mailbox", "mailboxes, and whom they are shared with")
    listed = noun.verb("list", "all mailboxes of an account", _mailboxes, taking("owner"))
    listed.add_argument("owner", help=OWNER)
    made = noun.verb(
        "create", "make a mailbox", done("The mailbox is there."), taking("owner", "mailbox")
    )
    shared = noun.verb(
        "share",
        "let somebody use a mailbox",
        _rights,
        taking("owner", "mailbox", "whom", "rights"),
    )
    unshared = noun.verb(
        "unshare",
        "take from somebody what was granted",
        _rights,
        taking("owner", "mailbox", "whom"),
    )
    for parser in (made, shared, unshared):
        parser.add_argument("owner", help=OWNER)
        parser.add_argument("mailbox")
    for parser in (shared, unshared):
        parser.add_argument("whom", help=WHOM)
    shared.add_argument("rights", help=RIGHTS)


def _mailboxes(found: Any) -> list[str]:
    rows: list[tuple[str, ...]] = [
        (
            one["name"],
            str(one["messages"]),
            str(one["unseen"]),
            human(one["octets"]),
            one["special_use"].removeprefix("\\"),
            ", ".join(f"{line['identifier']} {line['rights']}" for line in one["shared_with"]),
        )
        for one in found
    ]
    if not rows:
        return ["There is no mailbox."]
    return table(("MAILBOX", "MESSAGES", "UNSEEN", "SIZE", "USE", "SHARED WITH"), rows)


def _rights(found: Any) -> list[str]:
    return table(("WHO", "RIGHTS"), [(line["identifier"], line["rights"]) for line in found])

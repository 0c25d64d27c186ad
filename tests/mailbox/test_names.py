"""Which names a new mailbox may have."""

import pytest

from mailsuite.errors import BadMailboxName
from mailsuite.mailbox.names import canonical_name, new_name
from mailsuite.wire.limits import Limits

LIMITS = Limits()


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("inbox", "INBOX"),
        ("InBox/a", "INBOX/a"),
        ("inboxes", "inboxes"),
        ("a/inbox", "a/inbox"),
        ("a/", "a"),
        ("Grüße/Ärger", "Grüße/Ärger"),
        ("..", ".."),
        ("x" * 1000, "x" * 1000),
    ],
)
def test_names_that_are_taken(name: str, canonical: str) -> None:
    assert new_name(name, LIMITS) == canonical
    assert canonical_name(name.removesuffix("/")) == canonical


@pytest.mark.threat("I4")
@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/a",
        "a//b",
        "a\x00b",
        "a\nb",
        "a*",
        "%",
        "x" * 1001,
        "é" * 501,
        "/".join("x" * 51),
        "Shared/x",
        "Other Users",
        "a\ud800",
    ],
)
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(BadMailboxName):
        new_name(name, LIMITS)

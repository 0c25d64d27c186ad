"""Which names a new mailbox may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.errors import BadMailboxName
from mailsuite.mailbox.names import Place, canonical_name, full_name, new_name, place_of
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
        ("Gru\u0308n", "Gr\u00fcn"),
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
        "a\u2028b",
        "a\x85b",
    ],
)
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(BadMailboxName):
        new_name(name, LIMITS)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("inbox", Place("", "INBOX")),
        ("a/b", Place("", "a/b")),
        ("Other Usersx/a@b/c", Place("", "Other Usersx/a@b/c")),
        ("Other Users/ann@x.test/inbox/a", Place("ann@x.test", "INBOX/a")),
        ("Other Users/a/b@x.test/c/d", Place("a/b@x.test", "c/d")),
        ("Other Users/ann@x.test", Place("ann@x.test", "")),
        ("Other Users/ann/c", Place("ann", "c")),
        ("Other Users", Place("Other Users", "")),
        ("Other Users/", Place("Other Users", "")),
        ("Shared", Place("shared", "")),
        ("Shared/a/b", Place("shared", "a/b")),
        ("shared/a", Place("", "shared/a")),
    ],
)
def test_where_a_name_leads(name: str, place: Place) -> None:
    """Whoever has no owner in it is looked for among one's own, and a root alone is nobody's."""
    assert place_of(name) == place


NAMES = st.text(alphabet="ab@é/", min_size=1, max_size=8).filter(lambda text: all(text.split("/")))
OWNERS = st.sampled_from(["ann@x.test", "a/b@x.test", "shared"])


@given(OWNERS, NAMES)
def test_what_others_call_a_mailbox_leads_back_to_it(owner: str, name: str) -> None:
    assert place_of(full_name(owner, canonical_name(name))) == Place(owner, canonical_name(name))


@pytest.mark.threat("I4")
@given(st.text(max_size=20))
def test_no_name_leads_anywhere_but_by_a_key(name: str) -> None:
    place = place_of(name)
    assert (place.owner == "") is (name.partition("/")[0] not in ("Other Users", "Shared"))


@pytest.mark.threat("I4", "R6")
def test_a_run_of_accents_is_not_put_in_order() -> None:
    """Else `SELECT` of a literal full of them would hold everybody up for seconds."""
    name = "a" + "\u0315\u0300" * 16_000
    assert canonical_name(name) == name
    assert place_of(name) == Place("", name)
    with pytest.raises(BadMailboxName):
        new_name(name, LIMITS)
    short = "a" + "\u0315\u0300" * 900
    assert canonical_name(short) == "à" + "\u0300" * 899 + "\u0315" * 900

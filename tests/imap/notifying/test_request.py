"""The grammar of NOTIFY (RFC 5465 §8): what is written is read, whatever its case; what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.imap.answers import Bad
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.notifying.request import (
    BOTH,
    MESSAGES,
    NAMING,
    OF_SELECTED,
    Event,
    Filter,
    Group,
    Place,
    Request,
    read_request,
)

NAMES = st.sampled_from(["INBOX", "Lists", "Lists/Im2000", "a b", "Übung"])
SPELLED = {"a b": '"a b"', "Übung": "&ANw-bung"}
EVENTS = st.sets(st.sampled_from(list(Event))).map(
    lambda events: frozenset(events | BOTH if events & MESSAGES else events)
)


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """An event group that breaks no rule."""
    kind = draw(st.sampled_from(list(Filter)))
    names = draw(st.lists(NAMES, min_size=1, max_size=3)) if kind in NAMING else []
    events = draw(EVENTS)
    if kind in OF_SELECTED:
        events &= MESSAGES
    return Group(kind, tuple(names), events)


def requests() -> st.SearchStrategy[Request]:
    def once(found: list[Group]) -> tuple[Group, ...]:
        first = next((one for one in found if one.filter in OF_SELECTED), None)
        return tuple(one for one in found if one.filter not in OF_SELECTED or one is first)

    return st.builds(Request, st.lists(groups(), min_size=1, max_size=4).map(once), st.booleans())


def written(request: Request) -> str:
    """The request as a client writes it."""
    parts = ["SET", *(["STATUS"] if request.status else [])]
    for group in request.groups:
        names = " ".join(SPELLED.get(name, name) for name in group.names)
        names = f"({names})" if len(group.names) > 1 else names
        events = " ".join(sorted(event.value for event in group.events))
        words = [group.filter.name.replace("_", "-"), names, f"({events})" if events else "NONE"]
        parts.append(f"({' '.join(word for word in words if word)})")
    return " ".join(parts)


def read(text: str) -> Request:
    cursor = Cursor([text.encode()])
    request = read_request(cursor)
    cursor.end()
    return request


@given(request=requests())
def test_what_is_written_is_read(request: Request) -> None:
    assert read(written(request)) == request


@given(request=requests(), at=st.integers(0, 200), octet=st.sampled_from('() x"STATUS'))
def test_what_was_hurt_is_bad_or_means_something_lawful(
    request: Request, at: int, octet: str
) -> None:
    text = written(request)
    try:
        found = read(text[:at] + octet + text[at + 1 :])
    except Bad:
        return
    assert sum(group.filter in OF_SELECTED for group in found.groups) <= 1
    for group in found.groups:
        assert not group.events & MESSAGES or group.events >= BOTH


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ("personal", {"INBOX", "Lists", "Lists/A", "Listsx"}),
        ("inboxes", {"INBOX", "Lists", "Lists/A", "Listsx"}),
        ("subscribed", {"INBOX"}),
        ("subtree Lists", {"Lists", "Lists/A"}),
        ("mailboxes (inbox Lists)", {"INBOX", "Lists"}),
        ('mailboxes "Lists*"', set()),
    ],
)
def test_which_mailboxes_a_filter_means(filters: str, names: set[str]) -> None:
    """RFC 5465 §6: subtree has its root; there is no wildcard."""
    request = read(f"SET ({filters} (MailboxName))")
    places = [
        Place("INBOX", own=True, subscribed=True),
        *(Place(name, own=True, subscribed=False) for name in ("Lists", "Lists/A", "Listsx")),
        Place("Shared/x", own=False, subscribed=False),
    ]
    assert {place.name for place in places if request.events(place)} == names

"""Modified UTF-7: published names, round trips, one spelling for each name."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.imap.answers import Bad
from mailsuite.imap.names import canonical, decode_name, decode_pattern, encode_name

VECTORS = json.loads((Path(__file__).parents[1] / "data/imap/mutf7.json").read_text())


@pytest.mark.parametrize("case", VECTORS["valid"], ids=lambda case: case["mutf7"])
def test_published_names_go_both_ways(case):
    assert encode_name(case["utf8"]) == case["mutf7"].encode()
    assert decode_pattern(case["mutf7"].encode()) == case["utf8"]


# One mox refuses, "&-" right after a run, is how dovecot's valid cases spell "ä&"; so do we.
REFUSED = [case for case in VECTORS["invalid"] if case["mutf7"] != "&Jjo-&-"]


@pytest.mark.threat("I4")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["why"])
def test_published_nonsense_is_bad(case):
    with pytest.raises(Bad):
        decode_name(case["mutf7"].encode())


@pytest.mark.threat("I4")
@pytest.mark.parametrize(
    "octets",
    [b"\x00", b"a\x7f", b"\xc3\xa4", b"&", b"&AOQ", b"&AOR-", b"&AGE-", b"&2AA-", b"&AOQ-&AOQ-"],
)
def test_a_name_has_one_spelling(octets):
    """Controls, 8-bit, open shifts, spare bits, printables, half pairs, two runs in a row."""
    with pytest.raises(Bad):
        decode_name(octets)


@settings(max_examples=100)
@given(st.text())
def test_what_is_written_is_read_back(name):
    encoded = encode_name(name)
    assert encoded.isascii()
    assert decode_pattern(encoded) == name


@settings(max_examples=200)
@given(st.binary(max_size=20).map(lambda octets: b"&" + octets + b"-x"))
def test_nothing_else_spells_a_name(octets):
    try:
        name = decode_pattern(octets)
    except Bad:
        return
    assert encode_name(name) == octets


@pytest.mark.parametrize(
    ("given_name", "spelled"),
    [("inbox", "INBOX"), ("InBox/x", "INBOX/x"), ("inboxes", "inboxes"), ("a/inbox", "a/inbox")],
)
def test_inbox_in_any_case_is_inbox(given_name, spelled):
    assert canonical(given_name) == spelled

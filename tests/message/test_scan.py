"""The scanner against vectors, mail as it is, hostile mail, and random octets."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.message import tree
from mailsuite.message.parts import rows
from mailsuite.message.scan import scan
from tests.message.checks import checked
from tests.message.corpus import crlf, messages
from tests.message.responses import read

VECTORS = json.loads(
    (Path(__file__).parents[1] / "data/imap/bodystructure.json").read_text("utf-8")
)


@pytest.mark.parametrize("row", VECTORS, ids=range(len(VECTORS)))
def test_vectors(row: dict[str, str]) -> None:
    found = checked(crlf(row["message"].encode("latin-1")))
    assert found.bodystructure.decode("latin-1") == f"({row['bodystructure']})"
    assert found.body.decode("latin-1") == f"({row['body']})"


def test_mail_as_it_is() -> None:
    for name, octets in messages():
        try:
            checked(octets)
        except AssertionError as error:
            raise AssertionError(name) from error


def test_envelope() -> None:
    found = checked(
        b"Date: Tue, 24 Nov 2026 08:30:00 +0000\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        b'From: "A \\"B\\"" <a@b>\r\nTo: Team: c@d;\r\nMessage-ID: <1@x>\r\nReply-To:\r\n'
        b"In-Reply-To: <0@x>\r\nBcc: J\xf6rg <e@f>\r\n\r\n"
    )
    who = [[b'A "B"', None, b"a", b"b"]]
    group = [[None, None, b"Team", None], [None, None, b"c", b"d"], [None] * 4]
    assert read(found.envelope) == [
        b"Tue, 24 Nov 2026 08:30:00 +0000", b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", who, who, who, group,
        None, [[b"J\xf6rg", None, b"e", b"f"]], b"<0@x>", b"<1@x>",
    ]  # fmt: skip
    assert b"{4}\r\nJ\xf6rg" in found.envelope
    assert (found.subject, found.message_id, found.sent_at) == ("Grüße", "1@x", 1_795_509_000)


def nested(depth: int, kind: str) -> bytes:
    if kind == "multipart":
        return b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(depth)
        )
    return b"Content-Type: message/rfc822\r\n\r\n" * depth


HOSTILE: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "multiparts in each other": ("M1", lambda n: nested(n * 200, "multipart")),
    "messages in each other": ("M1", lambda n: nested(n * 200, "message")),
    "parts": ("M2", lambda n: nested(1, "multipart") + b"--b0\r\n" * (n * 400)),
    "lines that begin with --": (
        "M2",
        lambda n: nested(2, "multipart") + b"\r\n--b\r\n" * (n * 400),
    ),
    "parts without a blank line": (
        "M2",
        lambda n: nested(1, "multipart") + b"x: y\r\n--b0\r\n" * (n * 300),
    ),
    "open boundaries": ("M7", lambda n: nested(90, "multipart") + b"--b1 x\r\n" * (n * 300)),
    "sections": (
        "M3",
        lambda n: (
            b"Content-Type: x/y" + b"".join(b"; a*%d=x" % k for k in range(n * 200)) + b"\r\n\r\n"
        ),
    ),
    "semicolons": ("M3", lambda n: b"Content-Type: x/y" + b"; " * (n * 1000) + b"\r\n\r\n"),
    "quotes": ("M3", lambda n: b"Content-Type: x/y" + b';a="' * (n * 800) + b"\r\n\r\n"),
    "encoded words": (
        "M4",
        lambda n: b"Subject: " + b"=?utf-8?q?=c3=a4?= " * (n * 200) + b"\r\n\r\n",
    ),
    "comments": ("M5", lambda n: b"To: " + b"(" * (n * 3000) + b"\r\n\r\n"),
    "addresses": ("M6", lambda n: b"To: " + b"x <a@b>," * (n * 200) + b"\r\n\r\n"),
    "odd addresses": ("M6", lambda n: b"To: " + b"<@a,(c)" * (n * 300) + b"\r\n\r\n"),
    "folds": ("S15", lambda n: b"Subject: x" + b"\r\n y" * (n * 2000) + b"\r\n\r\n"),
    "fields": ("S15", lambda n: b"To: a@b\r\n" * (n * 800) + b"\r\n"),
    "tags": ("M2", lambda n: b"Content-Type: text/html\r\n\r\n" + b"<" * (n * 4000)),
    "styles": ("M2", lambda n: b"Content-Type: text/html\r\n\r\n" + b"<style" * (n * 2000)),
}


def seconds(octets: bytes) -> float:
    """CPU time of this thread, the least of three: what else runs on the machine only adds."""
    best = 1e9
    for _ in range(3):
        start = time.thread_time()
        scan(octets)
        best = min(best, time.thread_time() - start)
    return best


@pytest.mark.threat("M1")
@pytest.mark.threat("M2")
@pytest.mark.threat("M3")
@pytest.mark.threat("M4")
@pytest.mark.threat("M5")
@pytest.mark.threat("M6")
@pytest.mark.threat("M7")
@pytest.mark.threat("S15")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_answered_and_costs_no_more_than_its_length(name: str) -> None:
    """Eight times the length costs at most 2.6 ** 3 times as much (threats.md: linear)."""
    make = HOSTILE[name][1]
    checked(make(2))
    small, large = make(4), make(32)
    ratio = seconds(large) / max(seconds(small), 1e-5)
    assert ratio <= 2.6**3 * len(large) / len(small) / 8


@pytest.mark.threat("M1")
@pytest.mark.parametrize("kind", ["multipart", "message"])
@pytest.mark.parametrize("depth", [10, 99, 100, 101, 1_600, 100_000])
def test_depth_is_capped(kind: str, depth: int) -> None:
    """What is deeper is one opaque leaf, and nothing of it is lost."""
    found = checked(nested(depth, kind) + b"body\r\n")
    table = rows(found.parts)
    assert len(table) == min(depth, tree.DEPTH) + 1
    assert (b'"octet-stream"' in found.bodystructure) == (depth > tree.DEPTH)
    assert table[-1][0] == tree.LEAF


@pytest.mark.threat("M2")
def test_parts_beyond_the_cap_are_one_leaf() -> None:
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n" + b"\r\n--b\r\n\r\nx" * 20_000
    found = checked(octets)
    table = rows(found.parts)
    assert len(table) == tree.PARTS
    assert table[-1][4] == len(octets)
    assert b'"octet-stream"' in found.bodystructure


def test_both_caps_are_settings() -> None:
    assert len(rows(scan(nested(20, "multipart"), mime_depth=5).parts)) == 6
    many = b"Content-Type: multipart/mixed; boundary=b\r\n" + b"\r\n--b\r\n\r\nx" * 50
    assert len(rows(scan(many, mime_parts=10).parts)) == 10


@pytest.mark.threat("M7")
@pytest.mark.parametrize(
    "boundary", [b'""', b"x" * 10_240, b'" "', b"", b'"a\r\n b"', b'"--"', b'"x "']
)
def test_odd_boundaries(boundary: bytes) -> None:
    inside = boundary.strip(b'"').replace(b"\r\n", b"")
    head = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--" % boundary
    checked(head + inside + b"\r\n\r\none\r\n--" + inside + b"--\r\nend")


@pytest.mark.threat("M7")
def test_a_boundary_that_begins_another() -> None:
    octets = crlf(
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
        b"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\ninner\n--aa--\n--a\n\nouter\n--a--\n"
    )
    table = rows(checked(octets).parts)
    texts = [octets[body:end] for kind, _, _, body, end in table if kind == tree.LEAF]
    assert texts == [b"inner", b"outer"]


@pytest.mark.threat("M8")
def test_the_first_of_doubled_fields_makes_the_tree() -> None:
    head = b"Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    found = checked(
        head
        + b"Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n"
    )
    assert found.body == b'("text" "plain" ("charset" "us-ascii") NIL NIL "8bit" 5 1)'


@pytest.mark.threat("M10")
def test_ids_and_subjects_are_bounded() -> None:
    big = b"x" * 1_000_000
    found = checked(
        b"Message-ID: <" + big + b">\r\nSubject: " + big + b"\r\nDate: " + big + b"\r\n\r\n"
    )
    assert len(found.message_id) <= 255
    assert len(found.subject) <= 1_000
    assert found.sent_at == 0


@pytest.mark.threat("M11")
@settings(max_examples=60)
@given(st.binary(max_size=40))
def test_any_octets_in_any_field(octets: bytes) -> None:
    octets = octets.replace(b"\r\n", b"")
    for name in tree._WANTED:
        checked(name + b": " + octets + b"\r\n\r\nbody")
        checked(name + b': "' + octets + b'" <' + octets + b"@x>; a=" + octets + b"\r\n\r\n")


@pytest.mark.threat("M13")
@pytest.mark.parametrize(
    "subtype", [b"partial; id=x; number=1; total=2", b"external-body; access-type=URL; url=x"]
)
def test_partial_and_external_bodies_are_leaves(subtype: bytes) -> None:
    """Nothing is put together, nothing is fetched: there is no code that could."""
    found = checked(b"Content-Type: message/" + subtype + b"\r\n\r\nFrom: a@b\r\n\r\nx\r\n")
    assert [row[0] for row in rows(found.parts)] == [tree.LEAF]


PIECES = st.sampled_from([
    b"\r\n", b"\r\n\r\n", b"--b", b"--", b"--b--", b"--c", b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: multipart/digest; boundary=c\r\n", b"Content-Type: message/rfc822\r\n", b"Subject: x\r\n",
    b"Content-Type: text/html\r\n\r\n", b"x", b" ", b"\n", b"\r", b"\xff", b"\0", b'"', b"Content-Disposition: a; b=c\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"From: (", b"To: a@b, c:;\r\n",
])  # fmt: skip


@pytest.mark.threat("M7")
@settings(max_examples=300)
@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_no_octets_raise_and_parts_tile(octets: bytes) -> None:
    checked(octets)


def test_the_octets_may_come_in_any_form() -> None:
    octets = b"Subject: x\r\n\r\nbody"
    assert scan(bytearray(octets)) == scan(memoryview(octets)) == scan(octets)

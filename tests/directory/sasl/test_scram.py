"""SCRAM's messages and arithmetic, by the published exchanges."""

import base64
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.directory.sasl import scram
from mailsuite.directory.sasl.exchange import Malformed
from mailsuite.directory.sasl.scram import (
    is_proved,
    make_verifier,
    parse_closing,
    parse_opening,
    prepared,
    read_verifiers,
    server_signature,
    write_verifiers,
)

VECTORS = json.loads((Path(__file__).parents[2] / "data/auth/scram.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["mechanism"] for vector in VECTORS])
def test_published_exchanges(vector: dict[str, Any]) -> None:
    """RFC 5802 §5, RFC 7677 §3."""
    salt = base64.b64decode(vector["salt"])
    kept = make_verifier(vector["hash"], vector["password"], salt, vector["iterations"])
    assert kept.stored_key == base64.b64decode(vector["stored_key"])
    assert kept.server_key == base64.b64decode(vector["server_key"])
    first, last = parse_opening(vector["client_first"]), parse_closing(vector["client_final"])
    assert first.user == vector["username"]
    kind, octets = vector["channel_binding"] or ("", "")
    assert first.channel == kind
    assert last.header == first.header.encode() + base64.b64decode(octets)
    message = f"{first.bare},{vector['server_first']},{last.unproved}".encode()
    assert is_proved(kept, last.proof, message)
    assert not is_proved(kept, last.proof, message + b" ")
    assert not is_proved(kept, last.proof[:-1], message)
    told = base64.b64encode(server_signature(kept, message)).decode()
    assert f"v={told}" == vector["server_final"]


def test_verifiers_are_read_as_they_were_written() -> None:
    kept = [make_verifier(name, "x", b"salt", 2) for name in scram.NAMES.values()]
    assert read_verifiers(write_verifiers(kept)) == kept
    assert read_verifiers(b"") == []
    assert kept[0].stored_key.hex() not in repr(kept)


@pytest.mark.parametrize(
    ("password", "form"),
    [
        ("I\xadX", "IX"),  # the examples of RFC 4013 §3
        ("user", "user"),
        ("USER", "USER"),
        ("ª", "a"),
        ("Ⅸ", "IX"),
        ("a\xa0b", "a b"),
        ("\x07", "\x07"),  # forbidden: as it was typed
        ("ا1", "ا1"),  # right to left, and does not end so: as it was typed
        ("ا1ا", "ا1ا"),
        ("½", "1⁄2"),
        ("u\u0308", "ü"),
        ("🔑", "🔑"),  # of a later Unicode than the tables are of
        ("\xad", "\xad"),  # nothing would be left
    ],
)
def test_passwords_have_the_form_of_saslprep(password: str, form: str) -> None:
    assert prepared(password) == form


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    "message",
    [
        "",
        "n",
        "n,,",
        "n,,n=ann",
        "n,,r=x,n=ann",
        "n,,n=,r=x",
        "n,,n=ann,r=",
        "n,,n=ann,r=a b",
        "n,,n=ann,r=" + "x" * 513,
        "n,,m=x,n=ann,r=x",  # an extension that must be understood (§5.1)
        "x,,n=ann,r=x",
        "n=,,n=ann,r=x",
        "p,,n=ann,r=x",
        "p=,,n=ann,r=x",
        "p=tls unique,,n=ann,r=x",
        "n,ann,n=ann,r=x",
        "n,a==,n=ann,r=x",
        "n,,n=a=b,r=x",
        "n,,n=a=2c,r=x",
        "n,,n=a\0b,r=x",
    ],
)
def test_a_first_message_is_whole_or_refused(message: str) -> None:
    with pytest.raises(Malformed):
        parse_opening(message)


def test_commas_and_equals_signs_come_escaped() -> None:
    first = parse_opening("y,a=b=2Cc,n=a=3D=2C,r=x,t=later")
    assert (first.authzid, first.user, first.binding) == ("b,c", "a=,", "y")
    assert first.header == "y,a=b=2Cc,"


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    "message",
    ["", "c=biws", "c=biws,r=x", "c=biws,p=eA==", "r=x,c=biws,p=eA==", "c=!,r=x,p=eA==",
     "c=biws,r=x,p=e", "c=biws,r=x,p=é", "c=biws,r=x,p=eA==,x=y"],
)  # fmt: skip
def test_a_last_message_is_whole_or_refused(message: str) -> None:
    with pytest.raises(Malformed):
        parse_closing(message)


@given(st.text(max_size=40))
def test_nothing_but_malformed_is_raised(text: str) -> None:
    for parse in (parse_opening, parse_closing):
        for message in (text, f"n,,{text}", f"n,,n={text},r=x", f"c={text},r=x,p={text}"):
            with contextlib.suppress(Malformed):
                parse(message)

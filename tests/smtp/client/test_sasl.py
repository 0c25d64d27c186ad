"""The client's half of each SASL mechanism, against the RFCs' examples and our own server's half."""

from pathlib import Path

import pytest

from mailsuite.directory.sasl import scram
from mailsuite.relay.ports import Login
from mailsuite.smtp.client.sasl import Mistrusted, Scram, Token, choose
from mailsuite.wire.link import Tls

LOGIN = Login("user", "pencil")
CLEAR = Tls("TLSv1.2", "x")
BOUND = Tls("TLSv1.3", "x", binding=lambda kind: b"channel" if kind == "tls-exporter" else None)
FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"


def example() -> Scram:
    made = Scram("SCRAM-SHA-256", LOGIN, "n", b"", "rOprNGfwEbeRWgbNEkqO")
    assert made.begin() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    return made


def test_the_example_of_rfc_7677() -> None:
    made = example()
    assert made.step(FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert not made.complete
    assert made.step(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == b""
    assert made.complete


def test_the_example_of_rfc_5802() -> None:
    made = Scram("SCRAM-SHA-1", LOGIN, "n", b"", "fyko+d2lbbFgONRv9qkxdawL")
    made.begin()
    first = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    assert made.step(first).endswith(b",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
    assert made.step(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") == b""


@pytest.mark.threat("T5")
def test_a_host_that_knows_no_password_proves_nothing() -> None:
    made = example()
    made.step(FIRST)
    with pytest.raises(Mistrusted):
        made.step(b"v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    assert not made.complete


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        FIRST.replace(b"i=4096", b"i=1"),
        FIRST.replace(b"i=4096", b"i=9999999999"),
        FIRST.replace(b"s=W22", b"s==22"),
        b"m=must," + FIRST,
        b"e=other-error",
    ],
)
def test_a_challenge_that_is_none_is_not_answered(challenge: bytes) -> None:
    """Few iterations would make the password cheap to guess, very many would hold us up."""
    with pytest.raises(Mistrusted):
        example().step(challenge)


@pytest.mark.parametrize(
    ("offered", "tls", "mechanism", "flag"),
    [
        ("SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", BOUND, "SCRAM-SHA-256-PLUS", "p=tls-exporter"),
        ("SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", CLEAR, "SCRAM-SHA-256", "n"),
        ("SCRAM-SHA-256 PLAIN", BOUND, "SCRAM-SHA-256", "y"),
        ("PLAIN SCRAM-SHA-1", CLEAR, "SCRAM-SHA-1", "n"),
    ],
)
def test_the_best_of_scram_is_chosen(offered: str, tls: Tls, mechanism: str, flag: str) -> None:
    made = choose(frozenset(offered.split()), LOGIN, tls)
    assert isinstance(made, Scram)
    assert (made.mechanism, made.flag) == (mechanism, flag)


def test_else_a_password_goes_as_it_is_or_not_at_all() -> None:
    for offered, expected in (("LOGIN PLAIN", "PLAIN"), ("LOGIN", "LOGIN")):
        made = choose(frozenset(offered.split()), LOGIN, CLEAR)
        assert made is not None
        assert made.mechanism == expected
    assert choose(frozenset({"GSSAPI", "XOAUTH2"}), LOGIN, CLEAR) is None


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1"])
def test_our_own_server_believes_it(mechanism: str) -> None:
    """The other half is another piece of code: both have to mean the same octets."""
    login = Login("a,b=c", "pässword")
    made = choose(frozenset({mechanism}), login, BOUND if "PLUS" in mechanism else CLEAR)
    assert isinstance(made, Scram)
    opening = scram.parse_opening((made.begin() or b"").decode())
    assert opening.user == "a,b=c"
    algorithm = scram.NAMES[mechanism.removesuffix("-PLUS")]
    kept = scram.make_verifier(algorithm, "pässword", b"salt", 4096)
    challenge = f"r={opening.nonce}more,s=c2FsdA==,i=4096"
    closing = scram.parse_closing(made.step(challenge.encode()).decode())
    bound = b"channel" if "PLUS" in mechanism else b""
    assert closing.header == opening.header.encode() + bound
    message = f"{opening.bare},{challenge},{closing.unproved}".encode()
    assert scram.is_proved(kept, closing.proof, message)


@pytest.mark.parametrize(
    ("offered", "initial"),
    [
        ("XOAUTH2", b"user=me@x.test\x01auth=Bearer ya29.T\x01\x01"),
        ("XOAUTH2 OAUTHBEARER", b"n,a=me@x.test,\x01auth=Bearer ya29.T\x01\x01"),
    ],
)
def test_a_token_is_read_for_each_sign_in(tmp_path: Path, offered: str, initial: bytes) -> None:
    login = Login("me@x.test", token_file=tmp_path / "token")
    made = choose(frozenset(offered.split()), login, CLEAR)
    assert isinstance(made, Token)
    with pytest.raises(Mistrusted):
        made.begin()
    (tmp_path / "token").write_text("ya29.T\n")
    assert made.begin() == initial
    assert made.step(b'{"status":"400"}') in {b"", b"\x01"}
    (tmp_path / "token").write_text("two words\r\n")
    with pytest.raises(Mistrusted):
        made.begin()

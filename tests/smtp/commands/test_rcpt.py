import pytest

from mailsuite.errors import TooMany
from tests.dialogue import Dialogues
from tests.smtp.conftest import House


@pytest.fixture
def begun(mx: Dialogues) -> Dialogues:
    mx.dialogue("C: MAIL FROM:<x@y.example>\nS: 250 ...")
    return mx


# Odd ways to say "somebody elsewhere", and one's own users in disguise.
ELSEWHERE = [
    "a@b.example", "a%b.example@other.example", '"a@b.example"@other.example',
    "@example.org:a@b.example", "@example.org,@x.example:a@b.example", "b.example!a@other.example",
    "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "ada@example.org.evil.example",
    "ada@sub.example.org", "ada@xexample.org", "ada+x@example.net",
]  # fmt: skip
NOBODY = [
    "a%b.example@example.org", '"a@b.example"@example.org', "b.example!a@example.org",
    "@x.example:a%b.example@example.org", '"ada@example.org"@example.org', "'ada'@example.org",
    "ada%example.org@example.org", '"a%b.example"@example.org', '"ada "@example.org',
]  # fmt: skip
BROKEN = [
    "ada@example.org.", "ada", "@example.org", "ada@", "a@b@c.example", "ada@example.org@", "ada@@x",
    "ada @example.org", "ada@exa mple.org", "ada@-x.example", "ada@[example.org]", "ada@[300.1.1.1]",
    "ada@example..org", ".ada@example.org", "ada.@example.org", "ada@example.org>x", "<ada@example.org",
    '""@example.org', "ada(comment)@example.org", "ada;x@example.org", "ada:x@example.org",
    "@a:@b:ada@example.org", "@:ada@example.org>",
]  # fmt: skip


@pytest.mark.threat("S1")
@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_relaying_for_strangers(begun: Dialogues, address: str) -> None:
    begun.dialogue(f"C: RCPT TO:<{address}>\nS: 550 5.7.1 Relaying denied")


@pytest.mark.threat("S1")
@pytest.mark.parametrize("address", NOBODY)
def test_odd_local_parts_are_nobody_here(begun: Dialogues, address: str) -> None:
    begun.dialogue(f"C: RCPT TO:<{address}>\nS: 550 5.1.1 No such user here")


@pytest.mark.threat("S1")
@pytest.mark.parametrize("address", BROKEN)
def test_broken_addresses_are_refused(begun: Dialogues, address: str) -> None:
    begun.dialogue(f"C: RCPT TO:<{address}>\nS: 5...\nC: DATA\nS: 503 5.5.1 ...")


def test_ours_in_any_spelling(begun: Dialogues, house: House) -> None:
    begun.dialogue("""
        C: RCPT TO:<ADA@EXAMPLE.ORG>
        S: 250 2.1.5 Ok
        C: RCPT TO:<ada+list@example.org>
        S: 250 2.1.5 Ok
        C: RCPT TO:<@relay.example:ada@example.org>
        S: 250 2.1.5 Ok
        C: RCPT TO:<postmaster>
        S: 250 2.1.5 Ok
        C: RCPT TO:<Postmaster@example.org>
        S: 250 2.1.5 Ok
        C: RCPT TO:<ada@example.org> XX=1
        S: 555 5.5.4 ...
    """)


def test_a_full_mailbox(mx: Dialogues) -> None:
    mx.dialogue("""
        C: MAIL FROM:<> SIZE=100
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 250 ...
        C: RSET
        S: 250 ...
        C: MAIL FROM:<> SIZE=101
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 552 5.2.2 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
    """)


def test_many_recipients_are_taken_in_parts(house: House) -> None:
    """452 counts as no error: the client sends the rest in a second transaction."""
    house.limit(smtp_recipients=3)
    talks = house.mx()
    talks.dialogue("S: 220 ...\nC: EHLO x\nS*: 250 ...\nC: MAIL FROM:<>\nS: 250 ...")
    for n in range(3):
        talks.dialogue(f"C: RCPT TO:<ada+{n}@example.org>\nS: 250 ...")
    talks.dialogue("C: RCPT TO:<ada+9@example.org>\nS: 452 4.5.3 ...\n" * 20)
    talks.dialogue("C: DATA\nS: 354 ...\nC: .\nS: 250 ...")
    assert len(house.box.stored[0].envelope.recipients) == 3


@pytest.mark.threat("S9")
def test_aliases_in_a_ring(begun: Dialogues, house: House) -> None:
    house.people.trouble = TooMany()
    begun.dialogue("C: RCPT TO:<ring@example.org>\nS: 554 5.4.6 ...")

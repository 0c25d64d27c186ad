from base64 import b64encode
from ipaddress import ip_network

import pytest
from attrs import evolve

from mailsuite.errors import Busy
from tests.dialogue import Dialogues
from tests.smtp.conftest import House


@pytest.fixture
def phone(house: House) -> Dialogues:
    talks = house.submission()
    talks.dialogue("S: 220 ...\nC: EHLO phone\nS*: 250 ...")
    return talks


def told(*words: str) -> str:
    return b64encode("\0".join(words).encode()).decode()


PLAIN = told("", "ada@example.org", "secret")


@pytest.mark.parametrize(
    "how",
    [
        f"C: AUTH PLAIN {PLAIN}\n",
        f"C: auth plain\nS: 334 \nC: {PLAIN}\n",
        f"C: AUTH LOGIN\nS: 334 $user\nC: {told('ada')}\nS: 334 $word\nC: {told('secret')}\n",
        f"C: AUTH LOGIN {told('ada')}\nS: 334 $word\nC: {told('secret')}\n",
    ],
)
def test_signing_in(phone: Dialogues, how: str) -> None:
    phone.dialogue(how + f"S: 235 2.7.0 ...\nC: AUTH PLAIN {PLAIN}\nS: 503 5.5.1 ...")
    phone.dialogue("C: MAIL FROM:<ada@example.org>\nS: 250 ...")


def test_a_wrong_password(phone: Dialogues) -> None:
    phone.dialogue(f"C: AUTH PLAIN {told('', 'ada', 'wrong')}\nS: 535 5.7.8 ...")
    phone.dialogue("C: MAIL FROM:<ada@example.org>\nS: 530 5.7.0 Sign in first")


def test_trouble_of_ours_is_no_wrong_password(house: House, phone: Dialogues) -> None:
    """RFC 4954 §6: phones ask for another password at 535, and try again later at 454."""
    house.people.trouble = Busy()
    phone.dialogue(f"C: AUTH PLAIN {PLAIN}\nS: 454 4.7.0 ...")
    house.people.trouble = None
    phone.dialogue(f"C: AUTH PLAIN {PLAIN}\nS: 235 2.7.0 ...")


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    ("response", "reply"),
    [
        ("*", "501 5.7.0"), ("=", "501 5.5.2"), ("???", "501 5.5.2"), ("YQ", "501 5.5.2"),
        ("", "501 5.5.2"), ("x" * 16_390, "500 5.5.2"), (told("a", "b", "c", "d"), "501 5.5.2"),
    ],
)  # fmt: skip
def test_broken_responses_end_the_exchange(phone: Dialogues, response: str, reply: str) -> None:
    phone.dialogue(f"C: AUTH PLAIN\nS: 334 \nC: {response}\nS: {reply} ...\nC: NOOP\nS: 250 ...")


def test_unknown_mechanisms(phone: Dialogues) -> None:
    phone.dialogue("C: AUTH CRAM-MD5\nS: 504 5.5.4 ...\nC: AUTH\nS: 504 5.5.4 ...")


@pytest.mark.threat("W6")
def test_no_password_in_clear(house: House) -> None:
    house.submission(tls=None).dialogue(f"""
        S: 220 ...
        C: EHLO phone
        S*: 250 STARTTLS
        C: AUTH PLAIN {PLAIN}
        S: 530 5.7.0 ...
    """)
    house.door.services = evolve(house.door.services, plaintext_from=[ip_network("192.0.2.0/24")])
    house.submission(tls=None).dialogue(f"""
        S: 220 ...
        C: EHLO phone
        S*: 250 STARTTLS
        C: AUTH PLAIN {PLAIN}
        S: 235 2.7.0 ...
    """)


def test_nobody_signs_in_at_port_25(mx: Dialogues) -> None:
    mx.dialogue(f"C: AUTH PLAIN {PLAIN}\nS: 503 5.5.1 ...")


@pytest.mark.threat("A9")
def test_a_changed_account_ends_its_sessions(submission: Dialogues, house: House) -> None:
    house.people.watchers[0]()
    submission.dialogue("S: 421 4.7.0 ...\nS: <closed>")
    assert house.people.watchers == []


@pytest.mark.threat("R3")
def test_connections_of_an_account_are_counted(house: House) -> None:
    house.limit(connections_per_account=1)
    sessions = [house.submission() for _ in range(3)]
    for talks in sessions:
        talks.dialogue("S: 220 ...\nC: EHLO phone\nS*: 250 ...")
    sessions[0].dialogue(f"C: AUTH PLAIN {PLAIN}\nS: 235 ...")
    sessions[1].dialogue(f"C: AUTH PLAIN {PLAIN}\nS: 451 4.3.2 ...")
    sessions[0].dialogue("C: <gone>")
    sessions[2].dialogue(f"C: AUTH PLAIN {PLAIN}\nS: 235 ...")

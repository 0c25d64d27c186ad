"""Answers made of anything: each is right, wrong, or useless; none breaks the client."""

import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.dns.answers import NoSuchName, NoSuchRecord
from mailsuite.dns.wire import NoEdns, Question, Truncated, Useless, Wrong, ask, understand

RECORDS = {
    "MX": ["10 mx1.example.test.", "20 mx2.example.test."],
    "A": ["192.0.2.1"],
    "AAAA": ["2001:db8::1"],
    "TXT": ['"v=spf1 -all"', '"b"'],
    "TLSA": ["3 1 1 " + "00" * 32],
    "CNAME": ["elsewhere.test."],
    "PTR": ["host.test."],
}


def answer(question: Question, kind: str) -> bytes:
    response = dns.message.make_response(question.query)
    response.answer.append(dns.rrset.from_text("example.test.", 60, "IN", kind, *RECORDS[kind]))
    return response.to_wire()


@pytest.mark.threat("D3")
@pytest.mark.threat("D1")
@pytest.mark.parametrize("kind", RECORDS)
@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 200),
)
def test_a_mutated_answer_is_an_answer_or_a_known_failure(
    kind: str, changes: list[tuple[int, int]], cut: int
) -> None:
    question = ask("example.test", kind)
    octets = bytearray(answer(question, kind))
    for at, value in changes:
        octets[at % len(octets)] = value
    if cut < len(octets) // 2:
        del octets[len(octets) - cut :]
    try:
        found = understand(question, bytes(octets))
    except (Wrong, Truncated, NoEdns, Useless):
        return
    assert found.outcome in (NoSuchName, NoSuchRecord) or isinstance(found.outcome, tuple)


@pytest.mark.parametrize("kind", RECORDS)
def test_an_answer_to_another_question_is_wrong(kind: str) -> None:
    other = ask("example.test", "NS" if kind != "NS" else "A")
    octets = bytearray(answer(ask("example.test", kind), kind))
    octets[:2] = other.octets[:2]
    with pytest.raises(Wrong):
        understand(other, bytes(octets))


def test_ids_differ() -> None:
    assert len({ask("example.test", "A").octets[:2] for _ in range(50)}) > 40


def test_an_answer_without_soa_is_kept_for_a_moment_only() -> None:
    question = ask("example.test", "A")
    found = understand(question, dns.message.make_response(question.query).to_wire())
    assert found.outcome is NoSuchRecord
    assert found.ttl == 5

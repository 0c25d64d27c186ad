"""The base subject (RFC 5256 §2.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.subjects import BaseSubject, base_subject


@pytest.mark.parametrize(
    ("subject", "base", "reply"),
    [
        ("", "", False),
        ("hello", "hello", False),
        ("  hello   world\t", "hello world", False),
        ("Re: hello", "hello", True),
        ("re : hello", "hello", True),
        ("RE[2]: hello", "hello", True),
        ("Fw: hello", "hello", True),
        ("FWD: hello", "hello", True),
        ("fwdd: hello", "fwdd: hello", False),
        ("Re: Fwd: Re: hello", "hello", True),
        ("hello (fwd)", "hello", True),
        ("hello (FWD)  (fwd)", "hello", True),
        ("(fwd)", "", True),
        ("[list] hello", "hello", False),
        ("[list] Re: hello", "hello", True),
        ("Re: [list] hello", "hello", True),
        ("[a] [b] Re: [c] hello", "hello", True),
        ("[list]", "[list]", False),
        ("[a][b]", "[b]", False),
        ("[a] [b] ", "[b]", False),
        ("Re:", "", True),
        ("re", "re", False),
        ("[a] Re:", "", True),
        ("[fwd: hello]", "hello", True),
        ("[Fwd: Re: [x] hello (fwd)]", "hello", True),
        ("[fwd: [fwd: hello]]", "hello", True),
        ("Re: [fwd: hello]", "hello", True),
        ("[fwd: hello] there", "there", False),
        ("[fwd: a [b] c]", "a [b] c", True),
        ("[fwd:]", "", True),
        ("[[a]] hello", "[[a]] hello", False),
        ("[unclosed hello", "[unclosed hello", False),
        ("Re hello", "Re hello", False),
        ("Aw: hello", "Aw: hello", False),
        ("fwd:fw:re:x", "x", True),
    ],
)
def test_what_is_left(subject: str, base: str, *, reply: bool) -> None:
    """§2.1, by the syntax of §5; translations of "re" are left alone (§7)."""
    assert base_subject(subject) == BaseSubject(base, reply)


def by_the_letter(subject: str) -> tuple[str, bool]:
    """§2.1 as it is written, one removal at a time, with the syntax of §5 as patterns."""
    text, reply = re.sub(r"[ \t\r\n]+", " ", subject), False
    blob = r"\[[^\[\]]*\] *"
    while True:
        while found := re.search(r"(\(fwd\)| )$", text, re.IGNORECASE):  # (2)
            reply |= found[0] != " "
            text = text[: found.start()]
        while True:
            found = re.match(rf"(?:{blob})*(?:re|fwd|fw) *(?:{blob})?:| ", text, re.IGNORECASE)
            if found:  # (3)
                reply |= found[0] != " "
                text = text[found.end() :]
                continue
            found = re.match(blob, text)  # (4)
            if not found or not text[found.end() :].strip(" "):
                break
            text = text[found.end() :]
        found = re.fullmatch(r"\[fwd:(.*)\]", text, re.IGNORECASE | re.DOTALL)  # (6)
        if not found:
            return text, reply
        text, reply = found[1], True


PIECES = ["re", "Fw", "fwd", ":", " ", "[", "]", "[fwd:", "(fwd)", "x", "[a]", "\t", "é", "[b] "]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_it_is_what_the_rfc_says_step_by_step(subject: str) -> None:
    """All servers MUST use exactly this algorithm (§2.1)."""
    assert tuple(base_subject(subject)) == by_the_letter(subject)


@given(st.text(max_size=80))
def test_of_a_base_subject_nothing_more_is_taken(subject: str) -> None:
    base = base_subject(subject).text
    assert base_subject(base) == BaseSubject(base, reply=False)

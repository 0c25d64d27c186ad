"""Canonical forms: the RFC's examples, another implementation, and any cut of the stream."""

import hashlib
from itertools import pairwise

import pytest
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.trust.dkim.canonical import BodyHash, Form, canonical_field

BODIES = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"bc ", b"\r\n\r\n", b"  x"]), max_size=20
).map(lambda pieces: b"".join(pieces) + (b"\r\n" if pieces else b""))


def test_the_examples_of_rfc_6376() -> None:
    """§3.4.5."""
    assert canonical_field(b"A: X", Form.RELAXED) == b"a:X\r\n"
    assert canonical_field(b"B : Y\t\r\n\tZ  ", Form.RELAXED) == b"b:Y Z\r\n"
    assert canonical_field(b"B : Y\t\r\n\tZ  ", Form.SIMPLE) == b"B : Y\t\r\n\tZ  \r\n"
    body = b" C \r\nD \t E\r\n\r\n\r\n"
    assert _hash(body, Form.RELAXED) == hashlib.sha256(b" C\r\nD E\r\n").digest()
    assert _hash(body, Form.SIMPLE) == hashlib.sha256(b" C \r\nD \t E\r\n").digest()
    assert _hash(b"", Form.SIMPLE) == hashlib.sha256(b"\r\n").digest()
    assert _hash(b"", Form.RELAXED) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("form", Form)
@given(body=BODIES, cuts=st.lists(st.integers(0, 60), max_size=5), length=st.integers(0, 40))
def test_however_it_is_cut_it_is_what_dkimpy_makes_of_it(
    form: Form, body: bytes, cuts: list[int], length: int
) -> None:
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/" + form.value.encode())
    whole = policy.canonicalize_body(body)
    hashed = BodyHash(form, [length])
    for start, end in pairwise([0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]):
        hashed.feed(body[start:end])
    assert hashed.end() == hashlib.sha256(whole).digest()
    assert hashed.octets == len(whole)
    beginning = hashlib.sha256(whole[:length]).digest() if length <= len(whole) else None
    assert hashed.found.get(length) == beginning


def _hash(body: bytes, form: Form) -> bytes:
    hashed = BodyHash(form)
    hashed.feed(body)
    return hashed.end()

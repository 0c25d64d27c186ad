"""The common fields of a header: what is packed answers as the header itself does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.common_fields import (
    COMMON,
    LARGEST,
    are_common,
    common_fields,
    select_common,
)
from mailsuite.message.header import select_fields
from tests.message.corpus import messages

NAMES = st.frozensets(st.sampled_from(sorted(COMMON)), min_size=1, max_size=6)
FIELDS = st.lists(
    st.tuples(
        st.sampled_from([b"From", b"to", b"SUBJECT", b"X-Other", b"Date ", b"no field", b"Cc\t"]),
        st.sampled_from([b" x", b"", b" a\r\n\tb", b" \xff", b":", b"\r", b" a\r\n b\r\n "]),
    )
)


@given(fields=FIELDS, names=NAMES | st.just(frozenset({b"from", b"date", b"cc", b"subject"})))
def test_it_is_what_the_header_gives(
    fields: list[tuple[bytes, bytes]], names: frozenset[bytes]
) -> None:
    header = b"".join(b"%b:%b\r\n" % field for field in fields) + b"\r\n"
    packed = common_fields(header)
    assert select_common(packed, names) == select_fields(header, names)


def test_real_headers_answer_alike() -> None:
    thunderbird = frozenset(b"from to cc bcc subject date message-id references".split())
    for name, octets in messages():
        header = octets[: octets.find(b"\r\n\r\n") + 4]
        packed = common_fields(header)
        if packed:
            assert select_common(packed, thunderbird) == select_fields(header, thunderbird), name


@pytest.mark.threat("S15")
def test_what_is_too_large_or_odd_is_asked_itself() -> None:
    """A header list of a MiB is not kept twice, and NUL never stands for the end of a field."""
    assert common_fields(b"To: " + b"a" * LARGEST + b"\r\n\r\n") == b""
    assert common_fields(b"To: a\0b\r\n\r\n") == b""
    assert common_fields(b"X: y\r\n\r\n") == b"\n"
    assert select_common(b"\n", frozenset({b"to"})) == b"\r\n"


def test_trace_fields_are_not_common() -> None:
    """They stand in the prefix of each delivery, which no body has."""
    assert not COMMON & {b"received", b"return-path", b"delivered-to", b"authentication-results"}
    assert are_common([b"From", b"DATE"])
    assert not are_common([b"from", b"received"])

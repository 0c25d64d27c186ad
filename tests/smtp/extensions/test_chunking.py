import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialogue import Dialogues
from tests.smtp.conftest import House

BEGIN = "C: MAIL FROM:<>{}\nS: 250 ...\nC: RCPT TO:<ada@example.org>\nS: 250 ...\n"


def test_a_message_in_chunks(mx: Dialogues, house: House) -> None:
    mx.dialogue(BEGIN.format("") + """
        C!: BDAT 5\\r\\na\\r\\n.\\r
        S: 250 2.0.0 5 octets taken
        C: DATA
        S: 503 5.5.1 ...
        C: MAIL FROM:<>
        S: 503 5.5.1 ...
        C: RCPT TO:<ada@example.org>
        S: 503 5.5.1 ...
        C!: BDAT 1 LAST\\r\\n\\n
        S: 250 2.0.0 Ok: queued as t1.1
        C: NOOP
        S: 250 ...
    """)  # fmt: skip
    assert house.bodies == [b"a\r\n.\r\n"]


def test_a_last_chunk_without_octets(mx: Dialogues, house: House) -> None:
    mx.dialogue(
        BEGIN.format("") + "C!: BDAT 3\\r\\na\\r\\n\nS: 250 ...\nC: bdat 0 last\nS: 250 ..."
    )
    assert house.bodies == [b"a\r\n"]


@pytest.mark.threat("W1")
def test_chunks_with_bare_newlines_only_as_binarymime(mx: Dialogues, house: House) -> None:
    mx.dialogue(BEGIN.format("") + "C!: BDAT 3 LAST\\r\\na\\nb\nS: 554 5.6.0 ...")
    mx.dialogue(BEGIN.format(" BODY=BINARYMIME") + "C!: BDAT 3 LAST\\r\\na\\nb\nS: 250 ...")
    assert house.bodies == [b"a\nb"]


@pytest.mark.threat("W13")
@pytest.mark.threat("S6")
def test_a_refused_chunk_is_read_and_not_obeyed(mx: Dialogues, house: House) -> None:
    mx.dialogue(
        """
        C!: BDAT 23 LAST\\r\\nMAIL FROM:<evil@x.y>\\r\\nNOOP\\r\\n
        S: 503 5.5.1 ...
        S: 250 2.0.0 Ok
        C: MAIL FROM:<>
        S: 250 ...
        C!: BDAT 6\\r\\nDATA\\r\\n
        S: 503 5.5.1 ...
    """.replace("BDAT 23", "BDAT 22")
    )
    assert house.bodies == []


@pytest.mark.threat("S6")
@pytest.mark.threat("W15")
@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("-1", "501"), ("", "501"), ("x", "501"), ("1 FIRST", "501"), ("1 LAST x", "501"),
        ("9" * 4000, "501"), ("1001", "552"), ("9223372036854775808 LAST", "552"),
        ("18446744073709551616", "552"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_taken_end_the_connection(argument: str, reply: str) -> None:
    house = House(message_octets=1000)
    talks = house.mx()
    talks.dialogue("S: 220 ...\nC: EHLO x\nS*: 250 ...\n" + BEGIN.format(""))
    talks.dialogue(f"C: BDAT {argument}\nS: {reply} ...\nS: <closed>")


@pytest.mark.threat("S6")
def test_chunks_together_stay_under_the_limit(house: House) -> None:
    house.limit(message_octets=10)
    talks = house.mx()
    talks.dialogue("S: 220 ...\nC: EHLO x\nS*: 250 ...\n" + BEGIN.format(""))
    talks.dialogue("C!: BDAT 6\\r\\n123456\nS: 250 ...\nC: BDAT 5\nS: 552 5.3.4 ...\nS: <closed>")
    assert house.box.spools[0].discarded


def test_rset_between_chunks(mx: Dialogues, house: House) -> None:
    mx.dialogue(BEGIN.format("") + """
        C!: BDAT 2\\r\\nab
        S: 250 ...
        C: RSET
        S: 250 ...
        C!: BDAT 2 LAST\\r\\ncd
        S: 503 5.5.1 ...
    """)  # fmt: skip
    assert house.box.spools[0].discarded
    assert house.bodies == []


@pytest.mark.threat("S6")
@given(
    text=st.lists(st.sampled_from([b".", b"\r\n", b"ab", b"\r\n.\r\n"])).map(b"".join),
    sizes=st.lists(st.integers(0, 9), max_size=8),
)
def test_any_chunking_equals_data(text: bytes, sizes: list[int]) -> None:
    house = House()
    client = house.mx().client()
    begin = b"MAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\n"
    text += b"\r\n"
    stuffed = (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:]
    client.send(b"EHLO x\r\n" + begin + b"DATA\r\n" + stuffed + b".\r\n" + begin)
    at = 0
    for size in sizes:
        chunk = text[at : at + size]
        at += len(chunk)
        client.send(b"BDAT %d\r\n%b" % (len(chunk), chunk))
    client.send(b"BDAT %d LAST\r\n%b" % (len(text) - at, text[at:]))
    assert house.bodies == [text, text]

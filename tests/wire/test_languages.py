"""Every text of the table of answers has its translations; ranges choose as RFC 4647 says."""

import pytest

from mailsuite.wire.languages import ENGLISH, GERMAN, I_DEFAULT, LANGUAGES, chosen
from mailsuite.wire.replies import REPLIES


@pytest.mark.parametrize("words", sorted({reply.words for reply in REPLIES.values()}))
def test_every_answer_to_an_error_is_translated(words):
    assert words in GERMAN.texts


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=str)
def test_no_text_can_break_a_line_or_look_like_a_code(language):
    for text in language.texts.values():
        octets = language.words(text)
        assert text == "" or not any(octet < 0x20 for octet in octets)
        assert not text.startswith("[")


def test_what_is_not_translated_is_english_and_commands_keep_their_names():
    assert GERMAN.words("Never said before") == b"Never said before"
    assert GERMAN.words("UID FETCH completed") == "UID FETCH ausgeführt".encode()
    assert ENGLISH.words("NOOP completed") == b"NOOP completed"
    assert I_DEFAULT.words("Grüße") == b"Gr??e"


@pytest.mark.parametrize(
    ("ranges", "tag"),
    [
        (["de"], "de"),
        (["DE-it"], "de"),
        (["de-Latn-AT-1996"], "de"),
        (["fr-CA", "en-CA"], "en"),
        (["default"], "i-default"),
        (["i-default"], "i-default"),
        (["*"], "i-default"),
        (["mul"], None),
        (["d"], None),
        (["", "-", "--"], None),
        (["&-" * 30_000], None),
        (["de" + "-x" * 30_000], "de"),
    ],
)
def test_the_first_range_that_means_a_language(ranges, tag):
    found = chosen(ranges)
    assert (found and found.tag) == tag

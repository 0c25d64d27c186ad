"""SEARCH=FUZZY (RFC 6203): words in any order instead of a string, and how well a message fits.

A fuzzy string matches where each of its words does, anywhere in what is looked through. Other
keys are matched exactly, as §5 allows.
"""

import re

from attrs import evolve

from mailsuite.imap.searching.program import Bound, Search, Test, search_modifier
from mailsuite.imap.searching.texts import body_test, field_test, text_test
from mailsuite.message.searchable import Searchable
from mailsuite.store.search_file import Probe, Where

WORDS = 20  # of a string; the rest of it does not count
_WORD = re.compile(r"[\w.@-]+")

# Relevancy (§4): the whole string counts more than its words, the subject more than a body.
BEST, WHOLE_IN_HEADER, WHOLE, WORDS_IN_SUBJECT, ANYWHERE = 100, 80, 60, 40, 10


@search_modifier(b"FUZZY", capability=b"SEARCH=FUZZY")
def fuzzy(bound: Bound) -> Bound:
    """The key after it is matched by its words (RFC 6203 §3)."""

    def bind(search: Search) -> Test:
        test = bound(search)
        if search.scores is None:
            search.scores = {}
        return test if test.probe is None else _loose(test, test.probe)

    return bind


def _loose(test: Test, probe: Probe) -> Test:
    if not any(probe.needles) or probe.where is Where.SENT:
        return test
    whole = " ".join(probe.needles)
    words = tuple(_WORD.findall(whole)[:WORDS]) or probe.needles
    if probe.where is Where.BODY:
        made = body_test(words)
    elif probe.where is Where.TEXT:
        made = text_test(words)
    else:
        made = field_test(probe.name, words)
    # The message is looked at in any case, for its score.
    seen = None if made.probe is None else evolve(made.probe, looked_at=True)
    return evolve(made, probe=seen, score=lambda letter: relevancy(letter, whole, words))


def relevancy(letter: Searchable, whole: str, words: tuple[str, ...]) -> int:
    """How well a message fits that matches, from 1 to 100 (RFC 6203 §4)."""
    subject = " ".join(letter.values("SUBJECT"))
    if whole in subject:
        return BEST
    if whole in letter.header_text():
        return WHOLE_IN_HEADER
    if any(whole in text for text in letter.texts()):
        return WHOLE
    there = sum(word in subject for word in words)
    return ANYWHERE + (WORDS_IN_SUBJECT - ANYWHERE) * there // len(words)

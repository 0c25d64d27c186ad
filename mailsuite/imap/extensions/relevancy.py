"""RELEVANCY (RFC 6203 §4, §6): how well each message matches what was searched for fuzzily.

It is told, and sorted by.
"""

from mailsuite.imap.extensions.sort import sort_key
from mailsuite.imap.registry import Bad
from mailsuite.imap.searching.returns import Found, search_return
from mailsuite.imap.writing import parenthesised
from mailsuite.mailbox.scoring import SCORE


@search_return(b"RELEVANCY")
def tell_relevancy(found: Found, _: object) -> bytes:
    """The scores, 1 to 100, of the messages that are listed, in their order (RFC 6203 §4).

    Raises:
        Bad: nothing is searched for fuzzily.
    """
    scores = found.scores
    if scores is None:
        raise Bad("RELEVANCY is of a FUZZY search")
    return parenthesised(b"%d" % max(1, min(100, scores.get(uid, 1))) for uid in found.listed)


sort_key(b"RELEVANCY", SCORE)

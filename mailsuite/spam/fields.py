"""The X-Spam-* fields of a copy: score, verdict and reasons, in the prefix of its delivery."""

import re

from mailsuite.spam.score import Verdict
from mailsuite.store.spam_signals import JUNKED

__all__ = ["JUNKED", "marks", "score_told"]

MOST_REASONS = 8
LINE = 180  # characters of a reason: with its name under the 998 of RFC 5322 §2.1.1 by far
_SCORE = re.compile(rb"^X-Spam-Score: (-?[0-9]{1,4}\.[0-9]{1,3})\r$", re.MULTILINE)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def marks(verdict: Verdict, *, junked: bool) -> bytes:
    """The fields of one copy, each with its CRLF."""
    answer = "Yes" if junked else "No"
    lines = [
        f"X-Spam-Score: {verdict.score:.2f}",
        f"X-Spam-Status: {answer}, score={verdict.score:.2f} required={verdict.threshold:.2f}",
    ]
    for reason in verdict.reasons[:MOST_REASONS]:
        # A name in it is somebody else's: nothing but printable ASCII comes into a header (M9).
        words = _UNPRINTABLE.sub("?", reason.words)[:LINE]
        lines.append(f"X-Spam-Reason: {reason.score:+.2f} {words}")
    return (JUNKED if junked else b"") + "".join(f"{line}\r\n" for line in lines).encode("ascii")


def score_told(prefix: bytes) -> float | None:
    """The score that `marks` wrote; None where it did not."""
    found = _SCORE.search(prefix)
    return float(found[1]) if found else None

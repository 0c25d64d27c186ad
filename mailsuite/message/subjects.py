"""The base subject: what is left of a subject without Re:, Fwd: and their like (RFC 5256 §2.1)."""

import re
from typing import NamedTuple

_SPACES = re.compile(r"[ \t\r\n]+")
_FORWARDED = "(fwd)"
_BLOB = r"\[[^\[\]]*+\] *+"
# subj-refwd with the blobs before it (§5); no blob begins as what may follow it: linear.
_LEADER = re.compile(rf"(?:{_BLOB})*(?:re|fwd?) *+(?:{_BLOB})?:", re.IGNORECASE | re.ASCII)
_BLOBS = re.compile(rf"(?:{_BLOB})+")
_FIRST = "rRfF[ "  # what a leader or a blob may begin with
_HEAD, _TAIL = "[fwd:", "]"


class BaseSubject(NamedTuple):
    """A subject as SORT and THREAD see it."""

    text: str
    reply: bool  # a reply or forward: something that says so was removed (RFC 5256 §3, THREAD)


def base_subject(subject: str) -> BaseSubject:
    """Return the base of a decoded subject (RFC 5256 §2.1). Never raises.

    Linear, but for `[fwd:` inside each other: 0.3 ms for 1,000 characters of them.
    """
    text = _SPACES.sub(" ", subject).strip(" ")
    reply = False
    while True:
        text, forwarded = _without_trailers(text)
        text, answered = _without_leaders(text)
        reply = reply or forwarded or answered
        if not (text[:5].lower() == _HEAD and text.endswith(_TAIL)):
            return BaseSubject(text, reply)
        text = text[len(_HEAD) : -len(_TAIL)]
        reply = True


def _without_trailers(text: str) -> tuple[str, bool]:
    """Step (2)."""
    text = text.rstrip(" ")
    reply = False
    end = len(text)
    while text[max(end - 5, 0) : end].lower() == _FORWARDED:
        reply = True
        end -= 5
        while end and text[end - 1] == " ":
            end -= 1
    return text[:end], reply


def _without_leaders(text: str) -> tuple[str, bool]:
    """Steps (3) to (5)."""
    at, reply = 0, False
    while text[at : at + 1] and text[at] in _FIRST:
        if text[at] == " ":
            at += 1
        elif leader := _LEADER.match(text, at):
            at, reply = leader.end(), True
        else:
            # No leader stands behind these blobs either, so all of them go in one step, but for
            # the last where nothing would be left.
            blobs = _BLOBS.match(text, at)
            if blobs is None:
                break
            if blobs.end() == len(text):
                at = text.rindex("[")
                break
            at = blobs.end()
    return text[at:], reply

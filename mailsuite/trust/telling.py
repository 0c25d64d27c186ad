"""Results as sentences that a person understands (`mailsuite message explain`)."""

from collections.abc import Sequence

from mailsuite.message.judgement import Result

NAMES = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "arc": "ARC",
    "iprev": "name of the host",
}
WORDS = {
    "pass": "passed",
    "fail": "failed",
    "softfail": "failed, but its owner is not sure",
    "neutral": "says neither yes nor no",
    "none": "says nothing",
    "policy": "passed, but does not count",
    "temperror": "could not be looked up now",
    "permerror": "cannot be understood",
}
ABOUT = ("header.from", "header.d", "smtp.mailfrom", "smtp.helo", "policy.iprev")


def sentences(results: Sequence[Result]) -> list[str]:
    """One sentence a result, without a final dot and without a semicolon."""
    return [_sentence(result).replace(";", ",") for result in results]


def _sentence(result: Result) -> str:
    properties = dict(result.properties)
    about = next((properties[name] for name in ABOUT if name in properties), "")
    words = f"{NAMES.get(result.method, result.method)} "
    if about:
        words += f"of {about} "
    words += WORDS.get(result.word, result.word)
    return f"{words}: {result.reason}" if result.reason else words

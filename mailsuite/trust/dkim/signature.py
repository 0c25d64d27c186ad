"""One signature field, read and checked as far as it goes without DNS (RFC 6376 §3.5, §6.1.1)."""

import re

from attrs import evolve, field, frozen

from mailsuite.message.addresses import BadAddress, parse_domain
from mailsuite.trust.dkim.canonical import Form
from mailsuite.trust.dkim.tags import BadTags, read_base64, read_list, read_number, read_tags

ALGORITHMS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}  # and their key types
SKEW_SECONDS = 300  # that another host's clock may differ (RFC 6376 §3.5)
LENGTH_DIGITS, TIME_DIGITS = 76, 12
SELECTOR_OCTETS = 253
SHOWN = 8  # characters of b= that tell a signature from others (RFC 6008 §4)
NEVER = 1 << 62

_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*")
_FIELD_NAME = re.compile(rb"[!-9<-~]*+")  # a name that is left out names no field
_SIGNED = re.compile(rb"((?:\A|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")


class BadSignature(Exception):  # noqa: N818 - an outcome
    """It can say nothing; `word` and the words are what is told of it."""

    def __init__(self, word: str, reason: str) -> None:
        super().__init__(reason)
        self.word = word


@frozen
class Claim:
    """What a signature says of itself, whether it is true or not."""

    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    identity: str = ""
    signed: tuple[str, ...] = ()
    signature: str = ""


@frozen
class Signature:
    """A signature that may be valid: every tag is understood."""

    claim: Claim
    header_form: Form
    body_form: Form
    body_hash: bytes
    octets: bytes = field(repr=False)  # b=
    cut: int | None = None  # l=
    sub_domain: bool = False  # i= names a sub-domain of d=
    begins: int = 0  # t=, seconds UTC
    ends: int = NEVER  # x=

    @property
    def key_type(self) -> str:
        """The k= that its key must have."""
        return ALGORITHMS[self.claim.algorithm.encode()]

    @property
    def key_name(self) -> str:
        """Where its key is published (RFC 6376 §3.6.2.1)."""
        return f"{self.claim.selector}._domainkey.{self.claim.domain}"

    def check_time(self, now: int) -> None:
        """Look whether it holds at this time, seconds UTC.

        Raises:
            BadSignature: not yet, or not any more.
        """
        if self.begins > now + SKEW_SECONDS:
            raise BadSignature("neutral", "it is from the future")
        if self.ends < now - SKEW_SECONDS:
            raise BadSignature("neutral", "it has expired")


def without_signature(raw: bytes) -> bytes:
    """The field with an empty b=, as it was signed (RFC 6376 §3.5)."""
    name, colon, value = raw.partition(b":")
    return name + colon + _SIGNED.sub(rb"\1", value, count=1)


def read_claim(value: bytes) -> Claim:
    """As much as can be read, for people to know which signature is meant. Never raises."""
    try:
        tags = read_tags(value)
    except BadTags:
        return Claim()
    domain = _domain(tags.get("d", b""))
    identity = tags.get("i", b"").decode("utf-8", "replace") if "v" in tags else ""
    selector = tags.get("s", b"").decode("utf-8", "replace")
    return Claim(
        domain,
        selector if _SELECTOR.fullmatch(selector) and len(selector) <= SELECTOR_OCTETS else "",
        tags.get("a", b"").decode("latin-1")[:30],
        identity[:320] or f"@{domain}",
        tuple(name.decode("latin-1").lower() for name in read_list(tags.get("h", b""))),
        b"".join(tags.get("b", b"").split())[:SHOWN].decode("latin-1"),
    )


def read_signature(value: bytes) -> Signature:
    """Read the value of a DKIM-Signature.

    Raises:
        BadSignature: it cannot be valid.
    """
    tags = _tags(value, ("v", "a", "b", "bh", "d", "h", "s"))
    if tags["v"] != b"1":
        raise BadSignature("permerror", "a version that is not known")
    claim = read_claim(value)
    if b"dns/txt" not in read_list(tags.get("q", b"dns/txt")):
        raise BadSignature("permerror", "its key is not published in DNS")
    sub_domain = _check_identity(tags, claim.domain)
    begins, ends = _number(tags, "t", TIME_DIGITS), _number(tags, "x", TIME_DIGITS)
    if begins is not None and ends is not None and ends <= begins:
        raise BadSignature("permerror", "it ends before it begins")
    return evolve(
        _signature(tags, claim, Form.SIMPLE),
        sub_domain=sub_domain,
        begins=begins or 0,
        ends=NEVER if ends is None else ends,
    )


def read_arc_signature(value: bytes) -> Signature:
    """Read the value of an ARC-Message-Signature (RFC 8617 §4.1.2).

    Raises:
        BadSignature: it cannot be valid.
    """
    tags = _tags(value, ("i", "a", "b", "bh", "d", "s"))
    if "h" not in tags:
        raise BadSignature("permerror", "no h=")
    signature = _signature(tags, read_claim(value), Form.RELAXED)
    if "arc-seal" in signature.claim.signed:
        raise BadSignature("fail", "a message signature over a seal")
    return signature


def read_seal(value: bytes) -> Signature:
    """Read the value of an ARC-Seal: no body, relaxed fields (RFC 8617 §4.1.3).

    Raises:
        BadSignature: it cannot be valid.
    """
    tags = _tags(value, ("i", "a", "b", "d", "s", "cv"))
    if "h" in tags:
        raise BadSignature("fail", "a seal with h=")
    claim = read_claim(value)
    _check_names(tags, claim)
    return Signature(claim, Form.RELAXED, Form.RELAXED, b"", _octets(tags["b"], "b"))


def _tags(value: bytes, wanted: tuple[str, ...]) -> dict[str, bytes]:
    try:
        tags = read_tags(value)
    except BadTags as bad:
        raise BadSignature("permerror", str(bad)) from bad
    for name in wanted:
        if not tags.get(name):
            raise BadSignature("permerror", f"no {name}=")
    return tags


def _signature(tags: dict[str, bytes], claim: Claim, default: Form) -> Signature:
    _check_names(tags, claim)
    names = read_list(tags["h"])
    if not all(_FIELD_NAME.fullmatch(name) for name in names):
        raise BadSignature("permerror", "h= does not name header fields")
    if default is Form.SIMPLE and "from" not in claim.signed:
        # RFC 6376 §5.4; whoever leaves it out lets anybody be the author (threat D7).
        raise BadSignature("permerror", "From is not signed")
    header_form, body_form = _forms(tags, default)
    cut = _number(tags, "l", LENGTH_DIGITS)
    hashed = _octets(tags["bh"], "bh")
    return Signature(claim, header_form, body_form, hashed, _octets(tags["b"], "b"), cut)


def _check_names(tags: dict[str, bytes], claim: Claim) -> None:
    if tags["a"] == b"rsa-sha1":
        raise BadSignature("permerror", "rsa-sha1 proves nothing any more (RFC 8301)")
    if tags["a"] not in ALGORITHMS:
        raise BadSignature("permerror", "an algorithm that is not known")
    if "." not in claim.domain:
        raise BadSignature("permerror", "d= is no domain")
    if not claim.selector:
        raise BadSignature("permerror", "s= is no selector")


def _forms(tags: dict[str, bytes], default: Form) -> tuple[Form, Form]:
    if "c" not in tags:
        return default, default
    header, _, body = tags["c"].partition(b"/")
    try:
        return Form(header.decode()), Form(body.decode() or "simple")
    except ValueError as error:
        raise BadSignature("permerror", "a canonical form that is not known") from error


def _check_identity(tags: dict[str, bytes], domain: str) -> bool:
    """Whether i= names a sub-domain of d=."""
    if "i" not in tags:
        return False
    _, at, given = tags["i"].rpartition(b"@")
    found = _domain(given)
    if not at or not found or not f".{found}".endswith(f".{domain}"):
        raise BadSignature("permerror", "i= is not within d=")
    return found != domain


def _number(tags: dict[str, bytes], name: str, digits: int) -> int | None:
    if name not in tags:
        return None
    try:
        return min(read_number(tags[name], digits), NEVER)
    except BadTags as bad:
        raise BadSignature("permerror", f"{name}= is no number") from bad


def _octets(value: bytes, name: str) -> bytes:
    try:
        return read_base64(value)
    except BadTags as bad:
        raise BadSignature("permerror", f"{name}= is not base64") from bad


def _domain(octets: bytes) -> str:
    """The domain in A-labels (RFC 8616 §4), or an empty text."""
    try:
        return parse_domain(octets.decode())
    except (BadAddress, UnicodeDecodeError):
        return ""

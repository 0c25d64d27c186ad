"""A signed message's header: which fields a signature takes, and their hash (RFC 6376 §5.4.2)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from attrs import define, field, frozen

from mailsuite.message.header import raw_fields
from mailsuite.trust.dkim.canonical import Form, canonical_field

_SPACES = b" \t\r\n"


@frozen
class SigningField:
    """A field that bears a signature, and where it stands among those of its name."""

    raw: bytes
    place: int  # 0: the topmost

    @property
    def value(self) -> bytes:
        """What follows the colon."""
        return self.raw.partition(b":")[2]


@define
class Fields:
    """The fields of a header by name; each is brought into its form once for all signatures."""

    header: bytes
    _found: dict[str, list[bytes]] = field(init=False)
    _made: dict[tuple[bytes, Form], bytes] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._found = defaultdict(list)
        for raw in raw_fields(self.header):
            name, colon, _ = raw.partition(b":")
            if colon:
                self._found[name.rstrip(_SPACES).lower().decode("latin-1")].append(raw)

    def named(self, name: str) -> list[SigningField]:
        """Every field of a name (lower case), the topmost first."""
        return [SigningField(raw, n) for n, raw in enumerate(self._found.get(name, ()))]

    def digest(self, names: Iterable[str], form: Form, own: SigningField, signed: bytes) -> bytes:
        """SHA-256 of the fields of these names, and of `signed`, the signature's own, at the end.

        Of several of one name the lowest is taken first; one that is not there is nothing
        (§5.4.2). The signature's own field is never among them (§3.5).
        """
        own_name = own.raw.partition(b":")[0].rstrip(_SPACES).lower().decode("latin-1")
        left: dict[str, list[bytes]] = {}
        sha = hashlib.sha256()
        for name in names:
            rest = left.get(name)
            if rest is None:
                rest = list(self._found.get(name, ()))
                if name == own_name:
                    del rest[own.place]
                left[name] = rest
            if rest:
                sha.update(self._canonical(rest.pop(), form))
        sha.update(canonical_field(signed, form)[:-2])
        return sha.digest()

    def _canonical(self, raw: bytes, form: Form) -> bytes:
        made = self._made.get((raw, form))
        if made is None:
            made = self._made[raw, form] = canonical_field(raw, form)
        return made

"""The keys of our domains, as the intake signs with them."""

from collections.abc import Sequence

from attrs import define, field, frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from twisted.logger import Logger

from mailsuite.errors import SentTooOften
from mailsuite.message.compose import structured
from mailsuite.store.dkim_keys import DkimKey, signing_keys
from mailsuite.store.opening import Store
from mailsuite.trust.dkim.bodies import Octets
from mailsuite.trust.dkim.signing import Period, Signed, SigningKey, sign_message
from mailsuite.wire.tallies import DAY, Tallies

DOMAINS = 1_000  # whose keys are kept in memory
NEAREST = 5  # the domain and those above it that are looked at for keys

log = Logger()


@frozen
class SigningSettings:
    """What the configuration says."""

    expire_seconds: int = 10 * 86_400
    feedback: str = ""  # local part of CFBL-Address (RFC 9477); empty: none is written
    copies: int = 5_000  # recipients a day of one signed body; 0: any number


@define(eq=False)
class Keyring:
    """`mailsuite.intake.ports.Signer`. All calls but `sign` are on the reactor thread."""

    store: Store
    tallies: Tallies
    settings: SigningSettings = field(factory=SigningSettings)
    _keys: dict[str, tuple[SigningKey, ...]] = field(factory=dict, init=False)
    _moves: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.store.changes.on_people(self._forget)

    def _forget(self) -> None:
        self._moves += 1
        self._keys.clear()

    async def keys_of(self, domain: str) -> Sequence[SigningKey]:
        """Keys of the domain, or of the nearest one above it that has some (RFC 6376 §3.10)."""
        known = self._keys.get(domain)
        if known is not None:
            return known
        moves = self._moves
        keys: tuple[SigningKey, ...] = ()
        above = domain
        for _ in range(NEAREST):
            if "." not in above or keys:
                break
            found = await self.store.readers.run(signing_keys, above)
            keys = tuple(key for each in found if (key := self._opened(each)) is not None)
            above = above.partition(".")[2]
        if moves == self._moves:
            if len(self._keys) >= DOMAINS:
                self._keys.clear()
            self._keys[domain] = keys
        return keys

    def sign(
        self, header: bytes, octets: Octets, body_at: int, keys: Sequence[SigningKey], now: int
    ) -> Signed:
        """Sign a message whose header is about to leave like this. Blocks: in a pool."""
        ends = now + self.settings.expire_seconds
        feedback = b""
        if self.settings.feedback:
            address = f"{self.settings.feedback}@{keys[0].domain}"
            feedback = structured("CFBL-Address", [f"{address};", "report=arf"])
        made = sign_message(feedback + header, octets, body_at, keys, Period(now, ends))
        return Signed(made.fields + feedback, made.body_hash)

    def admit(self, body_hash: bytes, recipients: int) -> None:
        """Count so many copies that are about to leave (threat D10).

        Raises:
            SentTooOften: it were too many for a day; nothing was counted.
        """
        most, key = self.settings.copies, ("signed", body_hash)
        if most and self.tallies.noted(key, DAY) + recipients > most:
            raise SentTooOften
        for _ in range(recipients if most else 0):
            self.tallies.note(key, DAY)

    def _opened(self, key: DkimKey) -> SigningKey | None:
        octets = self.store.seal.open(key.secret, about_key(key.domain, key.selector))
        if octets is None:
            log.error(
                "the key {selector} of {domain} was sealed by another data_dir",
                selector=key.selector,
                domain=key.domain,
            )
            return None
        # It is our own: looking for factors that are none takes longer than a thousand signatures.
        loaded = load_der_private_key(octets, None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(loaded, RSAPrivateKey | Ed25519PrivateKey)
        return SigningKey(key.domain, key.selector, loaded)


def about_key(domain: str, selector: str) -> str:
    """What a sealed key is about: it opens as this one only."""
    return f"dkim {selector} {domain}"

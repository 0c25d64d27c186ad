"""DANE: a certificate chain against the TLSA records of its host (RFC 6698, 7671, 7672).

Usages 0 and 1 ask for a list of authorities that the whole world agrees on; for SMTP there is
none, and they are unusable (RFC 7672 §3.1.3).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256, sha512

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import crypto
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname

from mailsuite.wire.proof import Flaw, Pin

TRUST_ANCHOR, END_ENTITY = 2, 3  # usages
FULL, SHA256, SHA512 = 0, 1, 2  # matching types
LENGTHS = {SHA256: 32, SHA512: 64}
# A server sends what it likes; each certificate may cost a signature to verify.
CHAIN = 10
RECORDS = 20  # that are looked at
EXPIRED_CODE = 10  # X509_V_ERR_CERT_HAS_EXPIRED


class Unproven(Exception):  # noqa: N818 - named for what happened
    """The chain is not what its host's records say."""

    def __init__(self, words: str, flaw: Flaw) -> None:
        super().__init__(words)
        self.flaw = flaw


def usable(records: Iterable[Pin]) -> tuple[Pin, ...]:
    """Records that can authenticate anybody (RFC 7671 §4), the best digest of each kind alone.

    A weaker digest beside a stronger one is for clients that know no better (RFC 7671 §9).
    """
    known = [record for record in records if _is_known(record)][:RECORDS]
    best: dict[tuple[int, int], int] = {}
    for record in known:
        kind = (record.usage, record.selector)
        best[kind] = max(best.get(kind, FULL), record.matching)
    return tuple(
        record for record in known if record.matching in {FULL, best[record.usage, record.selector]}
    )


def _is_known(record: Pin) -> bool:
    if record.usage not in {TRUST_ANCHOR, END_ENTITY} or record.selector not in {0, 1}:
        return False
    if record.matching == FULL:
        return len(record.association) > 0
    return LENGTHS.get(record.matching) == len(record.association)


def check_chain(
    chain: Sequence[x509.Certificate],
    pins: Sequence[Pin],
    names: Sequence[str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Look whether one of the pins authenticates the chain, the server's own certificate first.

    With usage 3 the record is all that counts: neither names nor dates (RFC 7672 §3.1.1). With
    usage 2 the chain must hold up to the pinned authority, and name one of `names` (§3.1.2).

    Raises:
        Unproven: none does.
    """
    if not chain:
        raise Unproven("no certificate was shown", Flaw.NOT_TRUSTED)
    if any(pin.usage == END_ENTITY and _matches(pin, chain[0]) for pin in pins):
        return
    why = Unproven("no TLSA record fits the certificate", Flaw.NOT_TRUSTED)
    for pin in pins:
        if pin.usage != TRUST_ANCHOR:
            continue
        for anchor in _anchors(pin, chain[1:CHAIN]):
            try:
                _check_holds(chain[:CHAIN], anchor, now())
                _check_names(chain[0], names)
            except Unproven as not_this:
                why = not_this
            else:
                return
    raise why


def _anchors(pin: Pin, above: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    found = [certificate for certificate in above if _matches(pin, certificate)]
    if pin.matching == FULL and pin.selector == 0 and not found:
        # The record itself is the certificate that the server left out.
        try:
            found.append(x509.load_der_x509_certificate(pin.association))
        except ValueError:
            return []
    return found


def _matches(pin: Pin, certificate: x509.Certificate) -> bool:
    try:
        octets = (
            certificate.public_bytes(Encoding.DER)
            if pin.selector == 0
            else certificate.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        )
    except Exception:  # noqa: BLE001 - a key of a kind that nobody knows: cryptography's to raise
        return False
    if pin.matching == SHA256:
        octets = sha256(octets).digest()
    elif pin.matching == SHA512:
        octets = sha512(octets).digest()
    return octets == pin.association


def _check_holds(
    chain: Sequence[x509.Certificate], anchor: x509.Certificate, now: datetime
) -> None:
    store = crypto.X509Store()
    # The anchor may be an authority below another one.
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.set_time(now)
    store.add_cert(crypto.X509.from_cryptography(anchor))
    between = [crypto.X509.from_cryptography(one) for one in chain[1:]]
    leaf = crypto.X509.from_cryptography(chain[0])
    try:
        crypto.X509StoreContext(store, leaf, between).verify_certificate()
    except crypto.X509StoreContextError as error:
        expired = bool(error.errors) and error.errors[0] == EXPIRED_CODE
        flaw = Flaw.EXPIRED if expired else Flaw.NOT_TRUSTED
        raise Unproven(f"the chain does not hold: {error}", flaw) from error


def _check_names(leaf: x509.Certificate, names: Sequence[str]) -> None:
    for name in names:
        try:
            verify_certificate_hostname(leaf, name)
        except (VerificationError, CertificateError):
            continue
        return
    raise Unproven(f"the certificate is not for {' or '.join(names)}", Flaw.HOST_MISMATCH)

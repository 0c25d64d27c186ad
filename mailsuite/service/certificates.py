"""Which certificates the doors show: the configured pairs, or one that vouches for itself."""

from datetime import UTC, datetime

from mailsuite.config import Config
from mailsuite.wire.tls import Certificates, Pair, self_signed

FOLDER = "tls"  # under data_dir


def wanted_pairs(config: Config) -> list[Pair]:
    """The pairs of `[tls]`; without any, the self-signed one, made when it is not there."""
    named = [Pair(certificate, key) for certificate, key in config.tls.pairs]
    if named:
        return named
    return [self_signed(config.data_dir / FOLDER, config.hostname, datetime.now(UTC))]


def open_certificates(config: Config) -> Certificates:
    """Read them. Raises `mailsuite.wire.tls.BadPair`."""
    return Certificates(wanted_pairs(config))

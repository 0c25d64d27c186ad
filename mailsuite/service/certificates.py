"""Which certificates the doors show: the configured pairs, or one that vouches for itself."""

from datetime import UTC, datetime

from mailsuite.config import Config
from mailsuite.wire.tls import BadPair, Certificates, Pair, self_signed

FOLDER = "tls"  # under data_dir


def wanted_pairs(config: Config) -> list[Pair]:
    """The pairs of `[tls]`; without any, the self-signed one, made when it is not there."""
    named = [Pair(certificate, key) for certificate, key in config.tls.pairs]
    if named:
        return named
    return [self_signed(config.data_dir / FOLDER, config.hostname, datetime.now(UTC))]


def open_certificates(config: Config) -> Certificates:
    """Read them. Raises `mailsuite.wire.tls.BadPair`."""
    certificates = Certificates(wanted_pairs(config))
    certificates.ask_clients(config.sign_in.client_ca_file)
    return certificates


def renew_certificates(certificates: Certificates, config: Config) -> list[str]:
    """Read everything again; a sentence for each file that was not taken."""
    refused = certificates.reload(wanted_pairs(config))
    try:
        certificates.ask_clients(config.sign_in.client_ca_file)
    except BadPair as bad:
        refused.append(str(bad))
    return refused

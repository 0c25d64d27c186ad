"""Records and policies that other domains publish about TLS."""

from mailsuite.relay.tls.mta_sts import BadPolicy, find_id, parse_policy
from mailsuite.relay.tls.rua import find_rua, mail_address

POLICY = b"version: STSv1\nmode: testing\nmx: a.example\nmax_age: 9\n"


def one_input(octets: bytes) -> None:
    """No octets raise anything else, and what is read can be read again."""
    assert len(find_id([octets, b"v=STSv1; id=" + octets])) <= 32
    for uri in find_rua([b"v=TLSRPTv1; rua=" + octets]):
        mail_address(uri)
    for text in (octets, POLICY + octets):
        try:
            policy = parse_policy(text)
        except BadPolicy:
            continue
        assert parse_policy("\n".join(policy.lines).encode()) == policy

"""What DKIM costs a message, in milliseconds of CPU: read, verify, sign; DNS left out.

    python bench/dkim.py [--rounds 300]

For letters of 4 and 30 KiB, each with one RSA-2048 signature. `read` is the job of the parse pool
(parse, canonicalise, hash header and body), `verify` the arithmetic with the key; `sign` makes both
signatures that leave with what our users send.
"""

from __future__ import annotations

import argparse
import base64
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailsuite.trust.arc import read_message
from mailsuite.trust.dkim.keys import read_key
from mailsuite.trust.dkim.signing import Period, SigningKey, sign_message
from mailsuite.trust.dkim.verifying import are_valid

HEADER = (
    b"From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: Minutes of the meeting\r\n"
    b"Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
)
LINE = b"Some words of a letter,  as people write them, with a tab\there and a space there. \r\n"


def milliseconds(rounds: int, work) -> float:
    work()
    begun = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - begun) / rounds * 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    rsa = generate_private_key(public_exponent=65_537, key_size=2_048)
    octets = rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = read_key(b"v=DKIM1; p=" + base64.b64encode(octets))
    one = [SigningKey("example.org", "r", rsa)]
    both = [*one, SigningKey("example.org", "e", Ed25519PrivateKey.generate())]
    period = Period(1_800_000_000, 1_800_864_000)
    print(f"{'KiB':>4} {'read':>8} {'verify':>8} {'together':>9} {'sign':>8}  (ms of CPU)")
    for kib in (4, 30):
        letter = HEADER + LINE * (kib * 1_024 // len(LINE))
        signed = sign_message(HEADER, letter, len(HEADER), one, period).fields + letter
        (pending,) = read_message(signed)[0].found
        jobs = [(record.key, pending.signature.octets, pending.digest)]
        assert are_valid(jobs) == [True]
        read = milliseconds(rounds, lambda: read_message(signed))
        verify = milliseconds(rounds, lambda: are_valid(jobs))
        sign = milliseconds(
            rounds, lambda: sign_message(HEADER, letter, len(HEADER), both, period)
        )
        print(f"{kib:4} {read:8.3f} {verify:8.3f} {read + verify:9.3f} {sign:8.3f}")


main()

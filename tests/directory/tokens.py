"""An issuer of tokens for tests: a key of each kind, and what they sign."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from mailsuite.directory.tokens import Keys, Rules, read_keys

RULES = Rules("https://issuer.test", ("mail", "mail2"))
NOW = 1_800_000_000


@functools.cache
def private(name: str) -> Any:
    if name.startswith("rsa"):
        return rsa.generate_private_key(65537, 2048)
    return (
        ec.generate_private_key(ec.SECP256R1())
        if name == "ec"
        else ed25519.Ed25519PrivateKey.generate()
    )


@functools.cache
def published(*names: str) -> bytes:
    """The set of these keys, as it is published."""
    kinds: Mapping[str, Any] = {"rsa": RSAAlgorithm, "ec": ECAlgorithm, "ed": OKPAlgorithm}
    keys = []
    for name in names:
        jwk = json.loads(kinds[name[:3].rstrip("2")].to_jwk(private(name).public_key()))
        keys.append({**jwk, "kid": name})
    return json.dumps({"keys": keys}).encode()


def keys(*names: str) -> Keys:
    return read_keys(published(*names))


def claims(now: float = NOW, **changed: Any) -> dict[str, Any]:
    whole = {
        "iss": RULES.issuer,
        "aud": "mail",
        "exp": int(now) + 300,
        "nbf": int(now),
        "email": "ann@example.test",
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def signed(said: Mapping[str, Any], by: str = "ec", algorithm: str = "ES256", **header: Any) -> str:
    return jwt.encode(dict(said), private(by), algorithm, {"kid": by, **header})

"""Whose a bearer token is: what was signed, or what its issuer says of it (RFC 8725 §3).

Nothing in a token is believed before its signature: its header chooses a key of the issuer's set
and nothing else, and the algorithm is the key's own (A10).
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import jwt
from attrs import field, frozen

from mailsuite.errors import AuthenticationFailed

# RFC 8725 §3.2: signatures only. Whoever has the set of keys must not be able to make tokens.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
LEEWAY_SECONDS = 60
LARGEST_KEYS = 256 * 1024  # octets of a set
MOST_KEYS = 100


class BadToken(AuthenticationFailed):
    """A token that is refused; why, is told to the log."""


class ExpiredToken(BadToken):
    """A token of the past: nobody guessed, and it counts for nothing."""


class BadKeys(ValueError):  # noqa: N818 - named for what happened
    """What was given is no set of keys."""


@frozen
class Rules:
    """What a token has to say.

    Attributes:
        audience: it is for one of these, and no token for anybody else is taken.
        claim: which of its words is the account's address.
        scope: words that it must bear.
    """

    issuer: str
    audience: tuple[str, ...]
    claim: str = "email"
    scope: tuple[str, ...] = ()


@frozen
class Keys:
    """The keys of an issuer (RFC 7517 §5), by the name that they have in tokens."""

    keys: Mapping[str, jwt.PyJWK] = field(repr=False)


class Believes(Protocol):
    """One way to find out whose a token is."""

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Return what the issuer says. Raises `BadToken`, `Unavailable`."""
        ...


def read_keys(octets: bytes) -> Keys:
    """Read a set of keys; those that sign nothing that we take are passed over.

    Raises:
        BadKeys: it is none, or none of its keys is of use.
    """
    if len(octets) > LARGEST_KEYS:
        raise BadKeys("is too large for a set of keys")
    try:
        listed = json.loads(octets)["keys"]
        found = [one for one in listed[:MOST_KEYS] if isinstance(one, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadKeys("is no set of keys (RFC 7517 §5)") from None
    keys: dict[str, jwt.PyJWK] = {}
    for one in found:
        name, key = one.get("kid", ""), _key(one)
        if key is not None and isinstance(name, str) and name not in keys:
            keys[name] = key
    if not keys:
        raise BadKeys("has no key for signatures by RSA, ECDSA or Ed25519")
    return Keys(keys)


def _key(one: Mapping[str, Any]) -> jwt.PyJWK | None:
    if one.get("kty") not in {"RSA", "EC", "OKP"} or one.get("use", "sig") != "sig" or "d" in one:
        return None
    try:
        return jwt.PyJWK.from_dict(dict(one))
    except jwt.ExpiredSignatureError:
        raise ExpiredToken from None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None


def read_token(token: str, keys: Keys, rules: Rules) -> Mapping[str, Any]:
    """Return the claims of a signed token that fulfils the rules (RFC 7519, RFC 9068).

    Raises:
        BadToken: it does not.
        KeyError: it names a key that the set does not have.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = _chosen(header, keys)
        if str(header.get("typ", "jwt")).lower() not in TYPES:
            raise BadToken("of another type")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[header["alg"]],
            audience=rules.audience,
            issuer=rules.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError:
        raise ExpiredToken from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadToken(f"{type(error).__name__}: {error}") from None
    if "nbf" not in claims and "iat" not in claims:
        raise BadToken("without the time from which it holds")
    return claims


def _chosen(header: Mapping[str, Any], keys: Keys) -> jwt.PyJWK:
    """The key that a header names; the only one there is, where it names none."""
    name, algorithm = header.get("kid"), header.get("alg")
    if name is None:
        if len(keys.keys) != 1:
            raise BadToken("names no key")
        key = next(iter(keys.keys.values()))
    elif isinstance(name, str):
        key = keys.keys[name]
    else:
        raise BadToken("names no key")
    # A key without "alg" is for what its type and curve say, and of RSA for RS256.
    if algorithm not in ALGORITHMS or key.algorithm_name != algorithm:
        raise BadToken("by another algorithm than the key's")
    return key


def account_named(claims: Mapping[str, Any], rules: Rules) -> str:
    """The address that the claims name. Raises `BadToken`."""
    scope = claims.get("scope", "")
    borne = set(scope.split()) if isinstance(scope, str) else set(map(str, scope or ()))
    if not set(rules.scope) <= borne:
        raise BadToken("without the scope")
    if rules.claim == "email" and claims.get("email_verified", True) is not True:
        # Else whoever may write his own address there is whom he likes.
        raise BadToken("its address is not verified")
    name = claims.get(rules.claim)
    if not isinstance(name, str) or not name:
        raise BadToken(f"without {rules.claim}")
    return name


def check_told(told: Mapping[str, Any], rules: Rules, now: float) -> Mapping[str, Any]:
    """Check what an issuer says of a token (RFC 7662 §2.2). Raises `BadToken`."""
    if told.get("active") is not True:
        raise BadToken("not active")
    if told.get("iss", rules.issuer) != rules.issuer:
        raise BadToken("of another issuer")
    audience = told.get("aud")
    named = {audience} if isinstance(audience, str) else set(map(str, audience or ()))
    if not named & set(rules.audience):
        raise BadToken("for somebody else")
    expires, begins = told.get("exp"), told.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        raise BadToken("without its end")
    if not begins - LEEWAY_SECONDS <= now < expires + LEEWAY_SECONDS:
        raise BadToken("not now")
    return told

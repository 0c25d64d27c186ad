"""One-time passwords by the command."""

from typing import Any

from twisted.internet.defer import Deferred

from mailsuite.control.verbs import answer


def asked(parts, verb: str, **arguments: str):
    kept: list[dict[str, Any]] = []
    request = {"verb": verb, "arguments": {"address": "me@example.test", **arguments}}
    Deferred.fromCoroutine(answer(parts, request)).addCallback(kept.append)
    return kept[0]


def test_a_secret_is_made_checked_and_taken_away(parts):
    for verb, arguments in (("domain add", {"name": "example.test"}),):
        Deferred.fromCoroutine(answer(parts, {"verb": verb, "arguments": arguments}))
    assert "ok" in asked(parts, "account add", password="x")
    assert asked(parts, "totp add")["ok"].startswith("otpauth://totp/")
    wrong = {"error": "That code is wrong, or was used before."}
    assert asked(parts, "totp check", code="0") == wrong
    assert asked(parts, "totp remove") == {"ok": None}
    told = asked(parts, "totp check", code="0")
    assert told == {"error": "me@example.test has no one-time passwords."}

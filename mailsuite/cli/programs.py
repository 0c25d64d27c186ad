"""The noun session, and what the noun account has for programs: app passwords, capabilities."""

import argparse
import time
from typing import Any

from mailsuite.cli.commands import Noun, done, number, table, taking

DAY_SECONDS = 86_400
SCOPES = ("imap", "pop3", "smtp", "read-only", "send-only")


def add_nouns(nouns: Any) -> None:
    """Add session to the command line."""
    session = Noun(nouns, "session", "who is connected")
    session.verb("list", "all sessions of the running server", _sessions)
    session.verb(
        "end", "end a session after what it has in hand", done("It ends."), taking("session")
    ).add_argument("session", metavar="ID")


def add_account_verbs(account: Noun) -> None:
    """Add what an account has for its programs."""
    _app_passwords(Noun(account.verbs, "app-password", "passwords of single programs"))
    _one_time(Noun(account.verbs, "totp", "one-time passwords, the second factor"))
    for name, about in (
        ("hide", "hide IMAP capabilities from programs that break by them"),
        ("reveal", "show them again, or one that not everybody sees"),
    ):
        verb = account.verb(name, about, _capabilities, taking("address", "capabilities", "app"))
        verb.add_argument("address")
        verb.add_argument("capabilities", nargs="+", metavar="CAPABILITY")
        verb.add_argument("--app", default="", metavar="NAME", help="only for this app password")


def _app_passwords(noun: Noun) -> None:
    add = noun.verb("add", "make one; it is shown once", _made, _new)
    add.add_argument("address")
    add.add_argument("name", help="the program or device")
    add.add_argument("--scope", dest="scopes", action="append", choices=SCOPES, default=[])
    add.add_argument("--days", type=number, default=0, help="after which it ends; 0: never")
    noun.verb("list", "all of an account", _listed, taking("address")).add_argument("address")
    remove = noun.verb(
        "remove",
        "take one back; the account's sessions end",
        done("It is gone."),
        taking("address", "name"),
    )
    remove.add_argument("address")
    remove.add_argument("name")


def _one_time(noun: Noun) -> None:
    address = taking("address")
    noun.verb("add", "make a secret; it is shown once", _shown, address).add_argument("address")
    check = noun.verb(
        "check", "take a code, once", done("The code is right."), taking("address", "code")
    )
    check.add_argument("address")
    check.add_argument("code")
    noun.verb("remove", "take the secret away", done("The secret is gone."), address).add_argument(
        "address"
    )


def _shown(uri: Any) -> list[str]:
    return [str(uri), "Give it to the program that makes the codes: it is not shown again."]


def _new(given: argparse.Namespace) -> dict[str, Any]:
    expires = int(time.time()) + given.days * DAY_SECONDS if given.days else 0
    return {**taking("address", "name", "scopes")(given), "expires": expires}


def _made(password: Any) -> list[str]:
    return [str(password), "Type it into the program now: it is not shown again."]


def _listed(found: Any) -> list[str]:
    if not found:
        return ["There is no app password."]
    rows: list[tuple[str, ...]] = [
        (
            one["name"],
            one["scopes"] or "all",
            _day(one["last_used"], "never"),
            _day(one["expires"], "never"),
            one["capabilities"],
        )
        for one in found
    ]
    return table(("NAME", "FOR", "LAST USED", "ENDS", "CAPABILITIES"), rows)


def _capabilities(words: Any) -> list[str]:
    return [f"In force: {words}" if words else "Nothing is hidden, nothing asked for."]


def _sessions(found: Any) -> list[str]:
    if not found:
        return ["Nobody is connected."]
    rows: list[tuple[str, ...]] = [
        (
            one["id"],
            one["door"],
            one["peer"],
            _day(one["since"], ""),
            _who(one),
            one["mailbox"],
            one["client"],
        )
        for one in found
    ]
    return table(("ID", "DOOR", "PEER", "SINCE (UTC)", "ACCOUNT", "MAILBOX", "CLIENT"), rows)


def _who(one: Any) -> str:
    return f"{one['account']} ({one['app']})" if one["app"] else str(one["account"])


def _day(seconds: int, none: str) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds)) if seconds else none

"""The noun mask, and what the noun alias has about who may send."""

import argparse
import time
from typing import Any

from mailsuite.cli.commands import Noun, done, number, table, taking

DAY_SECONDS = 86_400


def add_nouns(nouns: Any) -> None:
    """Add mask to the command line."""
    mask = Noun(nouns, "mask", "random addresses that lead to an account, until they are shut")
    add = mask.verb("add", "make one", _mask_lines, _new)
    add.add_argument("address", help="the account")
    add.add_argument("--domain", default="", help="another domain than the account's")
    add.add_argument("--note", default="", metavar="TEXT", help="for whom it is")
    add.add_argument("--days", type=number, default=0, help="after which it ends; 0: never")
    mask.verb("list", "all of an account", _masks, taking("address")).add_argument("address")
    for name, about in (
        ("off", "refuse mail to it from now on"),
        ("on", "take mail for it again"),
    ):
        mask.verb(name, about, _mask_lines, taking("address")).add_argument("address")
    mask.verb(
        "remove", "take it away for good", done("It is gone."), taking("address")
    ).add_argument("address")


def add_alias_verbs(alias: Noun) -> None:
    """Add who may send as an address."""
    for name, about in (
        ("allow", "let an account send as the address; members: all whom it leads to"),
        ("forbid", "take that right back"),
    ):
        verb = alias.verb(name, about, _senders, taking("address", "sender"))
        verb.add_argument("address")
        verb.add_argument("sender", help="an account, or members")
    alias.verb(
        "senders", "who was given that right", _senders, taking("address")
    ).add_argument("address")  # fmt: skip


def _new(given: argparse.Namespace) -> dict[str, Any]:
    expires = int(time.time()) + given.days * DAY_SECONDS if given.days else 0
    return {**taking("address", "domain", "note")(given), "expires": expires}


def _mask_lines(one: Any) -> list[str]:
    end = f", ends {_day(one['expires'])}" if one["expires"] else ""
    note = f" ({one['note']})" if one["note"] else ""
    return [f"{one['address']} -> {one['account']}: {one['state']}{end}{note}"]


def _masks(found: Any) -> list[str]:
    if not found:
        return ["There is no masked address: mailsuite mask add ADDRESS."]
    rows: list[tuple[str, ...]] = [
        (one["address"], one["state"], _day(one["expires"]), one["note"]) for one in found
    ]
    return table(("ADDRESS", "STATE", "ENDS", "NOTE"), rows)


def _senders(found: Any) -> list[str]:
    return list(found) or ["Nobody was given the right to send as it."]


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds)) if seconds else "never"

"""The nouns domain, recipient, account and alias."""

import argparse
import getpass
import sys
from typing import Any

from mailsuite.cli.commands import Noun, Refused, counted, done, human, number, size, table, taking
from mailsuite.cli.domain_keys import add_domain_verbs, to_publish
from mailsuite.cli.masks import add_alias_verbs
from mailsuite.cli.programs import add_account_verbs

ROLES = ("admin", "domain-admin", "user")


def read_password(given: argparse.Namespace) -> str:
    """The password from standard input or a prompt: never from the command line.

    Whoever lists processes sees their arguments (O2).
    """
    if given.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Refused("There is no terminal to ask for the password; use --password-stdin.")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise Refused("The two passwords differ; nothing was changed.")
    return first


def _secret(given: argparse.Namespace) -> dict[str, str]:
    return {"foreign" if given.hash else "password": read_password(given)}


def add_nouns(nouns: Any) -> None:
    """Add the nouns to the command line."""
    _domain(Noun(nouns, "domain", "the domains that this host takes mail for"))
    _recipient(Noun(nouns, "recipient", "addresses that are taken in for other hosts"))
    _account(Noun(nouns, "account", "people, their passwords and quotas"))
    _alias(Noun(nouns, "alias", "addresses that lead to others, groups and catch-alls"))


def _domain(noun: Noun) -> None:
    named = taking("name")
    add_domain_verbs(noun)
    add = noun.verb("add", "take mail for a domain", _domain_made, taking("name", "backup_for"))
    add.add_argument("name")
    add.add_argument(
        "--backup-for",
        metavar="HOST",
        default="",
        help="take it in for this host, which has the mailboxes (HOST or HOST:PORT)",
    )
    noun.verb("list", "all domains", _domains)
    noun.verb("show", "one domain", _domain_lines, named).add_argument("name")
    noun.verb(
        "remove", "take mail for a domain no more", done("The domain is gone."), named
    ).add_argument("name")


def _recipient(noun: Noun) -> None:
    noun.verb(
        "add",
        "take mail for an address in for the host of its domain",
        _listed,
        taking("addresses"),
    ).add_argument("addresses", nargs="+", metavar="address")
    noun.verb("list", "all of them", _listed)
    noun.verb(
        "remove", "take it in no more", done("The recipient is gone."), taking("address")
    ).add_argument("address")


def _account(noun: Noun) -> None:
    address = taking("address")
    _add_account(noun)
    noun.verb("list", "all accounts", _accounts)
    noun.verb("show", "one account", _account_lines, address).add_argument("address")
    password = noun.verb(
        "password",
        "set a new password; sessions of the old one end",
        done("The password is changed."),
        lambda given: {"address": given.address, **_secret(given)},
    )
    _password_arguments(password)
    quota = noun.verb(
        "quota",
        "limit what an account keeps",
        _account_lines,
        taking("address", "octets", "messages"),
    )
    quota.add_argument("address")
    quota.add_argument("octets", type=size, nargs="?", help="like 1G; 0: no limit")
    quota.add_argument("--messages", type=number, help="how many; 0: no limit")
    for name, about in (
        ("disable", "shut an account; its mail still comes in"),
        ("enable", "open a shut account again"),
    ):
        noun.verb(name, about, _account_lines, address).add_argument("address")
    noun.verb(
        "remove", "remove an account and its mail for good", done("The account is gone."), address
    ).add_argument("address")
    role = noun.verb(
        "role", "who may look after the host", _account_lines, taking("address", "role")
    )
    role.add_argument("address")
    role.add_argument("role", choices=ROLES)
    more = noun.verb(
        "add-address",
        "give an account a further address",
        _account_lines,
        taking("address", "further"),
    )
    more.add_argument("address")
    more.add_argument("further")
    noun.verb(
        "remove-address",
        "take a further address from its account",
        _account_lines,
        taking("further"),
    ).add_argument("further")

    add_account_verbs(noun)


def _add_account(noun: Noun) -> None:
    add = noun.verb(
        "add",
        "make an account",
        _account_lines,
        lambda given: {
            **taking("address", "name", "quota_octets", "quota_messages", "role")(given),
            **_secret(given),
        },
    )
    _password_arguments(add)
    add.add_argument("--name", default="", metavar="TEXT", help="the person's name")
    add.add_argument(
        "--quota", dest="quota_octets", type=size, default=0, metavar="SIZE", help="like 1G"
    )
    add.add_argument("--quota-messages", type=number, default=0, metavar="N")
    add.add_argument("--role", choices=ROLES, default="user")


def _password_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password's line there"
    )
    parser.add_argument(
        "--hash",
        action="store_true",
        help="what is read is a hash that another host made, like {SHA512-CRYPT}$6$...",
    )


def _alias(noun: Noun) -> None:
    add = noun.verb(
        "add",
        "let an address lead to others; @domain: all others of it, shop-*@domain: what begins so",
        _alias_lines,
        taking("address", "targets"),
    )
    add.add_argument("address")
    add.add_argument("targets", nargs="+", metavar="target")
    noun.verb("list", "all aliases", _aliases)
    noun.verb(
        "remove", "take an alias away", done("The alias is gone."), taking("address")
    ).add_argument("address")
    add_alias_verbs(noun)


def _domain_lines(found: Any) -> list[str]:
    addresses = counted(found["addresses"], "address", "addresses")
    if host := found["backup_for"]:
        listed = counted(found["aliases"], "recipient")
        return [f"{found['name']}: taken in for {host}, {listed}"]
    return [f"{found['name']}: {addresses}, {counted(found['aliases'], 'alias', 'aliases')}"]


def _domain_made(made: Any) -> list[str]:
    return _domain_lines(made) + (to_publish(made["keys"]) if made["keys"] else [])


def _listed(found: Any) -> list[str]:
    return list(found) or ["Nobody is listed yet: mailsuite recipient add ADDRESS."]


def _domains(found: Any) -> list[str]:
    lines = [line for one in found for line in _domain_lines(one)]
    return lines or ["There is no domain yet: mailsuite domain add NAME."]


def _accounts(found: Any) -> list[str]:
    rows: list[tuple[str, ...]] = [
        (one["name"], one["display_name"], one["role"], one["state"], _used(one)) for one in found
    ]
    if not rows:
        return ["There is no account yet: mailsuite account add ADDRESS."]
    return table(("ACCOUNT", "NAME", "ROLE", "STATE", "USED"), rows)


def _account_lines(one: Any) -> list[str]:
    further = [address for address in one["addresses"] if address != one["name"]]
    lines = [f"{one['name']} ({one['role']}, {one['state']})"]
    if one["display_name"]:
        lines.append(f"  name      {one['display_name']}")
    lines.append(f"  uses      {_used(one)}")
    if further:
        lines.append(f"  also      {', '.join(further)}")
    return lines


def _used(one: Any) -> str:
    octets = human(one["used_octets"])
    if one["quota_octets"]:
        octets += f" of {human(one['quota_octets'])}"
    messages = counted(one["used_messages"], "message")
    if one["quota_messages"]:
        messages = f"{one['used_messages']} of {one['quota_messages']} messages"
    return f"{octets}, {messages}"


def _arrow(one: Any) -> str:
    return f"{one['address']} -> {', '.join(one['targets'])}"


def _aliases(found: Any) -> list[str]:
    return [_arrow(one) for one in found] or ["There is no alias."]


def _alias_lines(one: Any) -> list[str]:
    return [_arrow(one)]

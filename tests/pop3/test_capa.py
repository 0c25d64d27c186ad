"""CAPA, and what the registry holds."""

import re

import pytest

from mailsuite.pop3.registry import CAPABILITIES, COMMANDS, load
from tests.pop3.conftest import Pop

load()


def test_everything_is_told_in_tls(pop: Pop) -> None:
    pop.dialogue("""
        S: +OK ...
        C: CAPA
        S: +OK ...
        S: AUTH-RESP-CODE
        S: EXPIRE NEVER
        S: IMPLEMENTATION mailsuite
        S: LANG
        S: PIPELINING
        S: RESP-CODES
        S: SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN
        S: TOP
        S: UIDL
        S: USER
        S: UTF8 USER
        S: .
    """)


@pytest.mark.threat("W6")
def test_no_way_to_sign_in_is_told_in_clear(pop: Pop) -> None:
    pop.dialogues.tls = None
    pop.dialogue("""
        S: +OK ...
        C: CAPA
        S: +OK ...
        S: AUTH-RESP-CODE
        S: EXPIRE NEVER
        S: IMPLEMENTATION mailsuite
        S: LANG
        S: PIPELINING
        S: RESP-CODES
        S: STLS
        S: TOP
        S: UIDL
        S: UTF8 USER
        S: .
    """)


def test_an_account_does_not_see_what_is_hidden_from_it(pop: Pop) -> None:
    """Its commands are not there either; before the sign-in nobody knows who it is."""
    pop.house.now(pop.house.people.apps.hide("ann@example.test", "", hide=["TOP", "UIDL", "LANG"]))
    pop.sign_in()
    pop.dialogue("""
        C: CAPA
        S: +OK ...
        S: AUTH-RESP-CODE
        S: EXPIRE NEVER
        S: IMPLEMENTATION mailsuite
        S: PIPELINING
        S: RESP-CODES
        S: SASL ...
        S: USER
        S: UTF8 USER
        S: .
        C: TOP 1 0
        S: -ERR Command not known
        C: UIDL
        S: -ERR Command not known
        C: LANG de
        S: -ERR Command not known
        C: STAT
        S: +OK 0 0
    """)


def test_an_app_password_hides_its_own(pop: Pop) -> None:
    people = pop.house.people.apps
    password = pop.house.now(people.add("ann@example.test", "old phone"))
    pop.house.now(people.hide("ann@example.test", "old phone", hide=["UIDL"]))
    pop.dialogue(f"""
        S: +OK ...
        C: USER ann@example.test
        S: +OK
        C: PASS {password}
        S: +OK ...
        C: UIDL
        S: -ERR Command not known
    """)


def test_each_command_cites_its_rfc_and_stands_alone() -> None:
    for row in COMMANDS.values():
        assert re.search(r"RFC \d+ §\d", row.doc), row.keyword
    for name, told in CAPABILITIES.items():
        assert re.search(r"RFC \d+ §\d", told.__doc__ or ""), name


def test_every_command_of_the_rfcs_is_there() -> None:
    rfc1939 = {
        "USER",
        "PASS",
        "STAT",
        "LIST",
        "RETR",
        "DELE",
        "NOOP",
        "RSET",
        "QUIT",
        "TOP",
        "UIDL",
    }
    assert {name.decode() for name in COMMANDS} == rfc1939 | {
        "CAPA",
        "STLS",
        "AUTH",
        "LANG",
        "UTF8",
    }

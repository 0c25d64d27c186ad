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
        S: PIPELINING
        S: RESP-CODES
        S: SASL PLAIN LOGIN
        S: TOP
        S: UIDL
        S: USER
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
        S: PIPELINING
        S: RESP-CODES
        S: STLS
        S: TOP
        S: UIDL
        S: .
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
    assert {name.decode() for name in COMMANDS} == rfc1939 | {"CAPA", "STLS", "AUTH"}

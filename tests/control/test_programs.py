"""App passwords and hidden capabilities by the command's verbs."""

import json
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from mailsuite.control import programs, sessions
from mailsuite.control.verbs import answer

__all__ = ["programs", "sessions"]  # imported for the verbs that they hold
ANN = "ann@example.test"


@pytest.fixture
def ask(parts):
    def run(verb, **arguments):
        kept: list[Any] = []
        Deferred.fromCoroutine(answer(parts, {"verb": verb, "arguments": arguments})).addCallback(
            kept.append
        )
        json.dumps(kept[0])
        return kept[0]

    run("domain add", name="example.test")
    run("account add", address=ANN, password="secret")
    return run


def test_an_app_password_is_told_once_and_can_be_taken_back(ask):
    password = ask("app-password add", address=ANN, name="phone", scopes=["imap"])["ok"]
    listed = ask("app-password list", address=ANN)["ok"]
    assert [(one["name"], one["scopes"]) for one in listed] == [("phone", "imap")]
    assert password not in json.dumps(listed)
    assert "already" in ask("app-password add", address=ANN, name="phone")["error"]
    assert "scope" in ask("app-password add", address=ANN, name="x", scopes=["web"])["error"]
    assert "ok" in ask("app-password remove", address=ANN, name="phone")
    assert "no app password" in ask("app-password remove", address=ANN, name="phone")["error"]


def test_capabilities_are_hidden_and_revealed(ask):
    assert ask("account hide", address=ANN, capabilities=["move", "idle"])["ok"] == "-IDLE -MOVE"
    assert ask("account reveal", address=ANN, capabilities=["idle"])["ok"] == "-MOVE"
    assert ask("account reveal", address=ANN, capabilities=["uidonly"])["ok"] == "-MOVE +UIDONLY"
    assert "no capability" in ask("account hide", address=ANN, capabilities=["a b"])["error"]
    error = ask("account hide", address=ANN, capabilities=["idle"], app="phone")["error"]
    assert error == f'{ANN} has no app password "phone".'


def test_where_no_server_runs_nobody_is_connected(ask):
    assert ask("session list")["ok"] == []
    assert ask("session end", session="x")["error"] == 'There is no session "x".'

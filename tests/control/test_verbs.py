"""What the command asks for is answered with plain values or one sentence."""

import json
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from mailsuite.control.verbs import VERBS, answer, load

load()


@pytest.fixture
def ask(parts):
    def run(verb, **arguments):
        kept: list[Any] = []
        Deferred.fromCoroutine(answer(parts, {"verb": verb, "arguments": arguments})).addCallback(
            kept.append
        )
        json.dumps(kept[0])
        return kept[0]

    return run


def test_people_are_made_shown_changed_and_removed(ask):
    assert ask("domain add", name="Example.TEST")["ok"]["name"] == "example.test"
    made = ask("account add", address="me@example.test", password="secret", role="admin")
    assert (made["ok"]["role"], made["ok"]["addresses"]) == ("admin", ["me@example.test"])
    assert (
        ask("account quota", address="me@example.test", octets=10, messages=None)["ok"][
            "quota_octets"
        ]
        == 10
    )
    assert ask("account disable", address="me@example.test")["ok"]["state"] == "disabled"
    assert ask("account enable", address="me@example.test")["ok"]["state"] == "active"
    assert ask("account role", address="me@example.test", role="user")["ok"]["role"] == "user"
    assert "ok" in ask("account password", address="me@example.test", password="other")
    further = ask("account add-address", address="me@example.test", further="i@example.test")
    assert further["ok"]["addresses"] == ["me@example.test", "i@example.test"]
    assert "ok" in ask("account remove-address", further="i@example.test")
    assert ask("alias add", address="@example.test", targets=["me@example.test"])["ok"] == {
        "address": "@example.test",
        "targets": ["me@example.test"],
    }
    assert len(ask("alias list")["ok"]) == 1
    assert ask("domain remove", name="example.test")["error"].startswith("example.test still has")
    assert "ok" in ask("alias remove", address="@example.test")
    assert "ok" in ask("account remove", address="me@example.test")
    assert ask("account list")["ok"] == []
    assert "ok" in ask("domain remove", name="example.test")
    assert ask("domain list")["ok"] == []


def test_a_refusal_is_one_sentence(ask):
    error = ask("account show", address="nobody@example.test")["error"]
    assert error == "nobody@example.test is no account."
    assert "\n" not in ask("account add", address="me@", password="x")["error"]


@pytest.mark.threat("O2")
def test_no_result_holds_a_password_or_its_hash(ask):
    ask("domain add", name="example.test")
    ask("account add", address="me@example.test", password="marker-secret")
    told = json.dumps([ask("account list"), ask("account show", address="me@example.test")])
    assert "marker-secret" not in told
    assert "argon2" not in told


def test_what_is_not_known_is_refused(ask, parts):
    assert "another version" in ask("account fly")["error"]
    kept: list[Any] = []
    Deferred.fromCoroutine(answer(parts, {"verb": [], "arguments": 1})).addCallback(kept.append)
    assert "error" in kept[0]


def test_a_wrong_argument_is_our_own_bug_and_does_not_raise(ask):
    assert "log says why" in ask("domain add", nom="x")["error"]


def test_the_queue_and_the_store_are_looked_at(ask):
    assert ask("queue list") == {"ok": []}
    assert ask("queue hold", entries=[]) == {"ok": 0}
    assert "by their numbers" in ask("queue remove", entries=[])["error"]
    assert "7" in ask("queue retry", entries=[7])["error"]
    assert ask("store check") == {"ok": []}
    assert ask("status") == {"ok": {"running": True}}
    assert "error" in ask("reload")
    assert "error" in ask("message trace", name="none")


def test_mailboxes_are_made_and_shared(ask):
    ask("domain add", name="example.test")
    for name in ("ann", "bob"):
        ask("account add", address=f"{name}@example.test", password="secret")
    assert ask("mailbox list", owner="shared")["ok"] == []
    assert "ok" in ask("mailbox create", owner="shared", mailbox="Team/Plans")
    shared = {"owner": "shared", "mailbox": "Team/Plans", "whom": "ann@example.test"}
    assert ask("mailbox share", **shared, rights="lri")["ok"] == [
        {"identifier": "ann@example.test", "rights": "lri"}
    ]
    plans = ask("mailbox list", owner="shared")["ok"][1]
    assert (plans["name"], len(plans["shared_with"])) == ("Team/Plans", 1)
    assert ask("mailbox unshare", **shared)["ok"] == []
    inbox = {"owner": "ann@example.test", "mailbox": "inbox"}
    assert len(ask("mailbox share", **inbox, whom="bob@example.test", rights="lr")["ok"]) == 2
    assert len(ask("mailbox list", owner="ann@example.test")["ok"]) == 6
    assert ask("account list")["ok"][0]["name"] == "ann@example.test"
    assert len(ask("account list")["ok"]) == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"owner": "nobody@example.test"}, "nobody@example.test is no account."),
        ({"owner": "no address"}, "is no address."),
        ({"mailbox": "Nowhere"}, "ann@example.test has no mailbox"),
        ({"whom": "nobody@example.test"}, "Nobody has that name."),
        ({"whom": "ann@example.test"}, "every right in it, always."),
        ({"rights": "lrZ"}, "'Z' is no right"),
    ],
)
def test_what_cannot_be_shared_is_told_in_a_sentence(ask, changed, words):
    ask("domain add", name="example.test")
    ask("account add", address="ann@example.test", password="secret")
    given = {"owner": "ann@example.test", "mailbox": "INBOX", "whom": "anyone", "rights": "lr"}
    assert words in ask("mailbox share", **given | changed)["error"]


def test_mailboxes_that_cannot_be_made(ask):
    for name, words in (("a//b", "no mailbox can be called"), ("Team", "there is a mailbox")):
        ask("mailbox create", owner="shared", mailbox="Team")
        assert words in ask("mailbox create", owner="shared", mailbox=name)["error"].lower()


def test_each_verb_stands_in_a_module_of_the_room():
    modules = {run.__module__ for run in VERBS.values()}
    assert "mailsuite.control.people" in modules
    assert {name.rpartition(".")[0] for name in modules} == {"mailsuite.control"}

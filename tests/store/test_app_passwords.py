"""App passwords are kept by name, found by account, and end sessions when they go."""

import pytest

from mailsuite.errors import AlreadyThere, NoSuchThing, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store import app_passwords
from mailsuite.store.accounts import NewAccount, add_account, current_generation
from mailsuite.store.app_passwords import (
    NewAppPassword,
    add_app_password,
    list_app_passwords,
    note_uses,
    read_app_passwords,
    read_capabilities,
    remove_app_password,
    set_capabilities,
)
from mailsuite.store.domains import add_domain
from tests.store.letters import done

ANN = Address("ann", "example.test")
NOBODY = Address("nobody", "example.test")


@pytest.fixture
def ann(store):
    done(store.writer.run(add_domain, "example.test"))
    return done(store.writer.run(add_account, NewAccount(ANN, "hash"))).id


def test_they_come_are_used_and_go(store, ann):
    run = store.writer.run
    done(run(add_app_password, ANN, NewAppPassword("phone", "$app$1", "imap smtp", 77)))
    done(run(add_app_password, ANN, NewAppPassword("laptop", "$app$2")))
    listed = done(store.readers.run(list_app_passwords, ANN))
    assert [(one.name, one.scopes, one.expires, one.secret) for one in listed] == [
        ("laptop", "", 0, ""),
        ("phone", "imap smtp", 77, ""),
    ]
    assert [one.secret for one in done(store.readers.run(read_app_passwords, ann))] == [
        "$app$2",
        "$app$1",
    ]
    done(run(note_uses, {listed[0].id: 1_800_000_000}))
    assert done(store.readers.run(list_app_passwords, ANN))[0].last_used > 0
    before = done(store.readers.run(current_generation, ann))
    done(run(remove_app_password, ANN, "phone"))
    assert done(store.readers.run(current_generation, ann)) == before + 1
    assert [one.name for one in done(store.readers.run(list_app_passwords, ANN))] == ["laptop"]


def test_a_name_is_taken_once_and_there_is_an_end_of_them(store, ann, monkeypatch):
    monkeypatch.setattr(app_passwords, "MOST", 2)
    for name in ("a", "b"):
        done(store.writer.run(add_app_password, ANN, NewAppPassword(name, "x")))
    with pytest.raises(AlreadyThere):
        done(store.writer.run(add_app_password, ANN, NewAppPassword("a", "x")))
    with pytest.raises(TooMany):
        done(store.writer.run(add_app_password, ANN, NewAppPassword("c", "x")))


def test_capabilities_of_an_account_and_of_one_of_its_passwords(store, ann):
    done(store.writer.run(add_app_password, ANN, NewAppPassword("phone", "x")))
    before = done(store.readers.run(current_generation, ann))
    done(store.writer.run(set_capabilities, ANN, "", "-MOVE"))
    done(store.writer.run(set_capabilities, ANN, "phone", "-IDLE"))
    assert done(store.readers.run(read_capabilities, ANN, "")) == "-MOVE"
    assert done(store.readers.run(read_capabilities, ANN, "phone")) == "-IDLE"
    assert done(store.readers.run(current_generation, ann)) == before + 2


def test_what_is_not_there(store, ann):
    for function, arguments in (
        (remove_app_password, (ANN, "x")),
        (remove_app_password, (NOBODY, "x")),
        (read_capabilities, (ANN, "x")),
        (set_capabilities, (ANN, "x", "")),
        (add_app_password, (NOBODY, NewAppPassword("x", "x"))),
        (list_app_passwords, (NOBODY,)),
    ):
        with pytest.raises(NoSuchThing):
            done(store.writer.run(function, *arguments))


@pytest.mark.threat("O2")
def test_no_hash_is_shown_by_accident():
    assert "marker" not in repr(NewAppPassword("x", "marker"))

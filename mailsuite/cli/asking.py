"""Carries out a request: by the running server, or over the store itself where none runs."""

import os
import pwd
import time
from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred

from mailsuite.cli.commands import Refused
from mailsuite.config import Config
from mailsuite.control.client import NoAnswer, NoServer, ask, request_of
from mailsuite.control.verbs import Parts, answer
from mailsuite.directory.admin import People
from mailsuite.relay.admin import QueueAdmin
from mailsuite.service.footing import Unfit
from mailsuite.service.rights import give_data_dir, person_of
from mailsuite.store.lock import AlreadyRunning
from mailsuite.store.opening import open_store
from mailsuite.trust.dkim.admin import KeyAdmin
from mailsuite.wire.pools import Inline

# A server that is starting has the lock already and its socket not yet.
PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 0.1


def carry_out(config: Config, verb: str, arguments: Mapping[str, Any], acting: str = "") -> Any:
    """Return the result of a verb, with the rights of an account (empty: all). Raises `Refused`."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            told = ask(config.data_dir, verb, arguments, acting)
            break
        except NoAnswer as silence:
            raise Refused(str(silence)) from None
        except NoServer:
            pass
        try:
            told = _alone(config, request_of(verb, arguments, acting))
            break
        except AlreadyRunning as running:
            if time.monotonic() > until:
                raise Refused(f"{running}.") from None
        time.sleep(PAUSE_SECONDS)
    if "error" in told:
        raise Refused(str(told["error"]))
    return told["ok"]


def _alone(config: Config, request: Mapping[str, Any]) -> dict[str, Any]:
    become_owner(config)
    try:
        store = open_store(config.data_dir, url=config.store.url)
    except AlreadyRunning:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the database's driver raises
        raise Refused(f"The store in {config.data_dir} cannot be opened: {error}.") from None
    try:
        people_here = People(store, Inline(), config.limits)
        keys = KeyAdmin(store, Inline(), keep_seconds=config.dkim.keep)
        queue_here = QueueAdmin(store)
        parts = Parts(store, people_here, queue_here, lambda: {"running": False}, keys=keys)
        results: list[dict[str, Any]] = []
        running = Deferred.fromCoroutine(answer(parts, request))
        running.addCallback(results.append)
        # Every job runs at once where no reactor is: the result is there.
        return results[0]
    finally:
        store.close()


def become_owner(config: Config) -> None:
    """Act as the user whose mail it is, so that no file of the store comes to belong to another.

    Raises:
        Refused: the user is neither the owner nor root.
    """
    try:
        if config.user and os.geteuid() == 0:
            give_data_dir(config.data_dir, person_of(config.user))
        owner = config.data_dir.stat().st_uid
    except Unfit as unfit:
        raise Refused(str(unfit)) from None
    except FileNotFoundError:
        return
    if owner == os.geteuid():
        return
    if os.geteuid() != 0:
        raise Refused(
            f"{config.data_dir} belongs to another user; run the command as that user or as root."
        )
    try:
        person = pwd.getpwuid(owner)
    except KeyError:
        raise Refused(f"{config.data_dir} belongs to user {owner}, who does not exist.") from None
    os.initgroups(person.pw_name, person.pw_gid)
    os.setegid(person.pw_gid)
    os.seteuid(owner)

"""Sessions made from the real services: sign-in, and its end when the account changes."""

import pytest

from mailsuite.imap.door import ImapDoor
from mailsuite.mailbox.service import Mailboxes
from mailsuite.store.opening import Store
from mailsuite.wire.pools import Inline
from tests.dialogue import Dialogues
from tests.directory.people import PASSWORD, House
from tests.imap.people import TLS


@pytest.fixture
def doors(store: Store, tmp_path) -> tuple[House, Dialogues]:
    house = House(store)
    mailboxes = Mailboxes(store, house.limits, Inline())
    door = ImapDoor(
        house.directory, mailboxes.of, house.limits, Inline(), tmp_path / "spool", hostname="h"
    )
    return house, Dialogues(door.session, clock=house.clock, tls=TLS)


SIGNED_IN = f"""
    S: * OK ...
    C: a LOGIN ann@example.test "{PASSWORD}"
    S: a OK ...
    C: b SELECT INBOX
    S*: b OK ...
    C: c IDLE
    S: + idling
    S1: * OK ...
    C1: a LOGIN ann@example.test "{PASSWORD}"
    S1: a OK ...
"""
ENDED = """
    S: * BYE Your account has changed
    S: <closed>
    S1: * BYE Your account has changed
    S1: <closed>
"""


@pytest.mark.threat("A9")
@pytest.mark.parametrize("change", ["disable", "password"])
def test_a_disabled_account_and_a_new_password_end_open_sessions(doors, change):
    house, imap = doors
    imap.dialogue(SIGNED_IN)
    accounts = house.people.accounts
    if change == "disable":
        house.now(accounts.disable("ann@example.test"))
    else:
        house.now(accounts.password("ann@example.test", "another horse"))
    imap.dialogue(ENDED)


def test_a_change_that_ends_no_session(doors):
    """A new mailbox changes the account's list of mailboxes, and nobody is sent away."""
    _house, imap = doors
    imap.dialogue(SIGNED_IN)
    imap.dialogue("""
        C1: b CREATE x
        S1: b OK ...
        C: DONE
        S: c OK ...
    """)

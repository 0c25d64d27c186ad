"""POP3 dialogues over a real store, signed in by a real directory."""

import pytest
from attrs import define, field

from mailsuite.mailbox.maildrop import Maildrops
from mailsuite.message.addresses import Address
from mailsuite.pop3.door import Pop3Door
from mailsuite.pop3.ports import Services
from mailsuite.pop3.session import Session
from mailsuite.store.delivery import deliver
from mailsuite.store.opening import Store
from mailsuite.store.resolution import resolve_address
from mailsuite.wire.link import Tls
from tests.dialogue import Dialogues
from tests.directory.people import HOME, PASSWORD, House, cheap_hashes
from tests.store.letters import done, letter

ONE = b"Subject: one\r\n\r\nfirst\r\n"
TWO = b"Subject: two\r\n\r\n.dot\r\n..dots\r\n"
__all__ = ["cheap_hashes", "pop"]

SECURE = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")


@define
class Pop:
    """A POP3 host with one account, and dialogues with it."""

    house: House
    services: Services = field(init=False)
    dialogues: Dialogues = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.services = Services(
            "mail.example.test",
            self.house.directory,
            Maildrops(self.house.store),
            limits=self.house.limits,
        )
        self.dialogues = Dialogues(self.session, clock=self.house.clock, peer=HOME, tls=SECURE)

    def session(self) -> Session:
        return Pop3Door(self.services).session()

    def deliver(self, *letters: bytes) -> None:
        """Put letters into the account's INBOX."""
        store = self.house.store
        found = done(store.readers.run(resolve_address, Address("ann", "example.test")))
        for octets in letters:
            done(store.writer.run(deliver, letter(store, octets, found.rooms[0].account_id)))

    def sign_in(self, name: str = "") -> None:
        """Sign a client in, and read the answer."""
        self.dialogue(f"""
            S{name}: +OK mail.example.test POP3 ready
            C{name}: USER ann@example.test
            S{name}: +OK
            C{name}: PASS {PASSWORD}
            S{name}: +OK ... messages (... octets)
        """)

    def dialogue(self, text: str) -> None:
        self.dialogues.dialogue(text)


@pytest.fixture
def pop(store: Store) -> Pop:
    """A POP3 host, reached in TLS."""
    return Pop(House(store))

"""How a POP3 session is made from the services; `service.py` calls it for each connection."""

from mailsuite.pop3.grammar import err
from mailsuite.pop3.ports import Services
from mailsuite.pop3.registry import load
from mailsuite.pop3.session import Session


class Pop3Door:
    """Makes sessions, for the ports with STLS and with TLS alike.

    `services` may be replaced when the configuration is read again; sessions that stand keep
    what they have.
    """

    def __init__(self, services: Services) -> None:
        load()
        self.services = services

    def session(self) -> Session:
        """Return the session of a new connection."""
        return Session(self.services)

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return the words for a connection that is one too many (RFC 3206 §4)."""
        return err(reason, "SYS/TEMP")

"""How an SMTP session is made from the services; `service.py` calls it for each connection."""

from mailsuite.smtp.grammar import reply
from mailsuite.smtp.ports import Kind, Services
from mailsuite.smtp.registry import load
from mailsuite.smtp.session import Session


class SmtpDoor:
    """Makes sessions for port 25, for the submission ports and for LMTP.

    Args:
        services: may be replaced when the configuration is read again; sessions that stand
            keep what they have.
    """

    def __init__(self, services: Services) -> None:
        load()
        self.services = services

    def mx(self) -> Session:
        """Return a session with another host, at port 25."""
        return Session(Kind.MX, self.services)

    def submission(self) -> Session:
        """Return a session with a mail program, at port 587 or 465."""
        return Session(Kind.SUBMISSION, self.services)

    def lmtp(self) -> Session:
        """Return a session with a mail transfer agent before us (RFC 2033)."""
        return Session(Kind.LOCAL, self.services)

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return the words for a connection that is one too many (RFC 5321 §3.8)."""
        return reply(421, "4.7.0", reason)

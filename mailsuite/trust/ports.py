"""What the judges of trust need of their neighbours, by name; the front door hands it in."""

from typing import Protocol

from mailsuite.dns.answers import Answer


class Asks(Protocol):
    """Who answers DNS questions: the client, one message's budget of it, a test's dict."""

    async def query(self, name: str, kind: str) -> Answer:
        """The records of a name and type; names may be U-labels.

        Raises:
            NoSuchName, NoSuchRecord, TemporaryFailure: as `mailsuite.dns.answers` tells them
                apart; a question too many of one message is a TemporaryFailure as well.
        """
        ...

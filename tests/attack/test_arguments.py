"""Arguments that fill a literal, for every command that takes one (threats I4, R6)."""

import pytest

from tests.attack.victim import Victim

OCTETS = 60_000
FILLS = {
    "accents": "\u0315\u0300".encode(),  # NFC takes the square of a run of them
    "wide letters": "\ufdfa".encode(),  # one is eighteen, decomposed
    "wildcards": b"*a",
    "levels": b"%/",
    "hyphens": b"&-",
    "numbers": b"1,",
    "parentheses": b"(",
    "encoded words": b"=?utf-8?q?=c3?=",
}
COMMANDS = """\
SELECT @|LIST "" @|LIST @ *|LSUB "" @|CREATE @|DELETE @|RENAME a @|SUBSCRIBE @|STATUS @ (MESSAGES)
SEARCH TEXT @|SEARCH HEADER @ x|SEARCH FUZZY SUBJECT @|SEARCH KEYWORD @|SEARCH FILTER @
SEARCH CHARSET @ ALL|SEARCH EMAILID @|SORT (SUBJECT) @ ALL|THREAD @ UTF-8 ALL|COPY 1 @|MOVE 1 @
SETACL INBOX @ lr|DELETEACL INBOX @|MYRIGHTS @|GETMETADATA @ /private/comment|GETMETADATA "" @
SETMETADATA "" (/private/filters/values/a @)|ID ("name" @)|LANGUAGE @|GETQUOTAROOT @
FETCH 1 BODY[HEADER.FIELDS (@)]|ESEARCH IN (mailboxes @) ALL|ESEARCH IN (subtree @) ALL
NOTIFY SET (mailboxes @ (MessageNew MessageExpunge))|APPEND INBOX CATENATE (URL @)|CANCELUPDATE @
""".replace("\n", "|").strip("|")


@pytest.mark.threat("I4", "R6")
@pytest.mark.parametrize("fill", FILLS)
def test_a_long_argument_holds_up_nobody(victim: Victim, fill: str) -> None:
    """Each command is answered, and the reactor was never at work for over 50 ms (`victim`)."""
    piece = FILLS[fill]
    argument = piece * (OCTETS // len(piece))
    literal = b"{%d+}\r\n%b" % (len(argument), argument)
    with victim.connect("imap") as talk:
        talk.send(b"a LOGIN ann@example.test secret\r\nb ENABLE IMAP4rev2\r\n")
        talk.send(b"c APPEND INBOX {17+}\r\nSubject: a\r\n\r\nb\r\n\r\nd SELECT INBOX\r\n")
        talk.until(b"d OK")
        for number, said in enumerate(COMMANDS.split("|")):
            # Selected again, as a SELECT that fails leaves nothing; and no row of errors is long.
            command = said.encode().replace(b"@", literal)
            talk.send(b"t%d %b\r\nn%d SELECT INBOX\r\n" % (number, command, number))
            told = talk.until(b"n%d OK" % number)
            assert not any(b"Select a mailbox" in line for line in told), said

"""Thunderbird for the desktop, driven without a screen: all that a person does with an account."""

import base64
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from email.policy import SMTP
from pathlib import Path

import pytest
from attrs import field, frozen

from tests.interop.host import Host
from tests.interop.programs import deliver, imap, letter, subjects
from tests.interop.thunderbird import Thunderbird

pytestmark = pytest.mark.long


@frozen
class Manner:
    """One way to set it up: what the account does not see, and the program's own settings."""

    hidden: tuple[str, ...] = ()
    preferences: Mapping[str, object] = field(factory=dict)


MANNERS = {
    "as installed": Manner(),
    "with CONDSTORE": Manner(preferences={"mail.server.default.use_condstore": True}),
    "at an old server": Manner(
        ("UTF8", "COMPRESS", "LITERAL+", "LIST-EXTENDED", "NAMESPACE", "ID", "CONDSTORE", "QRESYNC")
    ),
}


@pytest.fixture(params=list(MANNERS.values()), ids=list(MANNERS))
def manner(request: pytest.FixtureRequest) -> Manner:
    chosen: Manner = request.param
    return chosen


@pytest.fixture
def thunderbird(host: Host, fresh: str, tmp_path: Path, manner: Manner) -> Iterator[Thunderbird]:
    """It knows the account and trusts the host; four letters are there."""
    if manner.hidden:
        host.ask("account hide", address=fresh, capabilities=manner.hidden)
    for n in range(4):
        deliver(host, fresh, f"letter {n}")
    made = Thunderbird(tmp_path, manner.preferences)
    try:
        pem = ssl.get_server_certificate((host.address, host.ports["imaps"]))
        certificate = base64.b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode()
        made.do("trust", certificate, host.ports["imaps"])
        folders = made.do("signIn", fresh, "secret", host.ports["imaps"])
        assert folders == ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"]
        yield made
    finally:
        made.stop()


def seen(letters: list[dict[str, object]]) -> list[str]:
    return sorted(str(one["subject"]) for one in letters)


def test_thunderbird_in_step_with_the_host(
    host: Host, fresh: str, tmp_path: Path, thunderbird: Thunderbird, manner: Manner
) -> None:
    """First sync, push, changes on both sides, search, move, delete, append, second sync."""
    assert seen(thunderbird.do("sync", "INBOX")) == [f"letter {n}" for n in range(4)]
    thunderbird.do("keepOffline", "INBOX")
    [kept] = (thunderbird.profile / "ImapMail").glob("*/INBOX")
    assert kept.read_text().count("Words of letter") == 4
    if "ID" not in manner.hidden:
        assert host.logged(r"event=client name=Thunderbird")
    deliver(host, fresh, "pushed")
    thunderbird.do("pushed", "INBOX", "pushed")
    assert thunderbird.do("search", "INBOX", "Words of letter 2") == ["letter 2"]

    thunderbird.do("mark", "INBOX", "letter 0")
    thunderbird.do("move", "INBOX", "letter 1", "Archive")
    thunderbird.do("remove", "INBOX", "letter 2")
    (tmp_path / "letter.eml").write_bytes(
        letter("by thunderbird", sender=fresh).as_bytes(policy=SMTP)
    )
    thunderbird.do("append", str(tmp_path / "letter.eml"), "Drafts")
    thunderbird.do("makeFolder", "Grüße & mehr")
    box = imap(host, fresh)
    box.select()
    _, found = box.search(None, "SUBJECT", '"letter 3"')
    box.store(found[0].decode(), "+FLAGS", "(\\Flagged \\Seen)")
    _, found = box.search(None, "SUBJECT", '"pushed"')
    box.store(found[0].decode(), "+FLAGS", "(\\Deleted)")
    box.expunge()
    deliver(host, fresh, "later")
    thunderbird.do("pushed", "INBOX", "later")

    here = thunderbird.do("sync", "INBOX")
    assert seen(here) == ["later", "letter 0", "letter 3"] == subjects(host, fresh)
    assert [one["subject"] for one in here if one["read"] and one["flagged"]] == [
        "letter 0", "letter 3",
    ]  # fmt: skip
    assert seen(thunderbird.do("sync", "Archive")) == ["letter 1"]
    assert seen(thunderbird.do("sync", "Trash")) == ["letter 2"]
    assert seen(thunderbird.do("sync", "Drafts")) == ["by thunderbird"]
    for mailbox, there in {
        "Archive": "letter 1", "Trash": "letter 2", "Drafts": "by thunderbird",
    }.items():  # fmt: skip
        assert subjects(host, fresh, mailbox) == [there]
    _, found = box.search(None, "SEEN", "FLAGGED")
    assert len(found[0].split()) == 2
    _, found = box.list('""', "Gr*")
    assert b"Gr&APwA3w-e &- mehr" in found[0]  # type: ignore[operator]
    box.logout()


def test_thunderbird_large_mail_and_a_mailbox_thrown_away(
    host: Host, fresh: str, tmp_path: Path, thunderbird: Thunderbird
) -> None:
    """Large messages come in pieces; a mailbox that is deleted moves into Trash by RENAME."""
    large = letter("large", to=fresh)
    large.set_content("".join(f"line {n:08}\n" for n in range(200_000)))
    with smtplib.SMTP(host.address, host.ports["smtp"], "client.example.net") as outside:
        outside.send_message(large, "someone@example.net", [fresh])
    thunderbird.do("sync", "INBOX")
    thunderbird.do("pushed", "INBOX", "large")
    thunderbird.do("keepOffline", "INBOX")
    [kept] = (thunderbird.profile / "ImapMail").glob("*/INBOX")
    lines = re.findall(r"^line (\d+)$", kept.read_text(), re.MULTILINE)
    assert [int(line) for line in lines] == list(range(200_000))
    thunderbird.do("makeFolder", "Lists")
    thunderbird.do("move", "INBOX", "letter 1", "Lists")
    thunderbird.do("moveFolder", "Lists", "Trash")
    assert subjects(host, fresh, "Trash/Lists") == ["letter 1"]
    thunderbird.do("remove", "INBOX", "letter 2")
    thunderbird.do("compact", "INBOX")
    assert subjects(host, fresh) == ["large", "letter 0", "letter 3"]

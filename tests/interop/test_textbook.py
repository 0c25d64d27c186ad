"""The textbook's story: two hosts, a name server, a spammer; who gets in and what gets through.

a.test has no name that leads back: b.test, which greylists what is suspect, puts off its first try.
"""

import json
import re
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.interop.host import DOORS, Host, free_ports
from tests.interop.programs import ANYONE, imap, letter, subjects
from tests.interop.test_relay import eventually, newest, submit

A, B, SPAMMER, FRIEND = "127.0.0.21", "127.0.0.22", "127.0.0.66", "127.0.0.67"
MORE = """
[dns]
servers = ["127.0.0.1:{dns}"]
[relay]
port = {port}
allow_private = true
source = ["{address}"]
retry = ["1s", "1s", "2s"]
expire = "1h"
[trust]
unchecked = []
[repute]
greylist_wait = "1s"
[rates]
messages_per_account = "{rate}/h"
"""
MONEY = (
    "Congratulations! You have been selected. Click here now to claim your FREE MONEY, "
    "100% risk free, no obligation. Act now, limited time offer!!! Cash bonus, "
    "earn $$$ from home, cheap pills and loans, unsubscribe at http://win.example/{0}\n"
)


class Names:
    """The name server and its zone."""

    def __init__(self, folder: Path, port: int) -> None:
        self.file = folder / "zone.json"
        self.port = port
        self.zone: dict[str, dict[str, object]] = {}

    def start(self) -> subprocess.Popen[bytes]:
        self.file.write_text(json.dumps(self.zone))
        return subprocess.Popen(
            [sys.executable, "-m", "tests.nameserver", str(self.file), str(self.port)]
        )


def published(host: Host) -> Iterator[tuple[str, str]]:
    """The names and texts of a host's DKIM records, as its operator copies them into DNS."""
    told = host.command("domain", "dkim", "records", host.domain)
    for line in told.replace("(\n", "(").splitlines():
        found = re.match(r"(\S+_domainkey\S*)\s.*?TXT\s+(.*)", line)
        if found:
            yield found[1].rstrip("."), "".join(re.findall(r'"([^"]*)"', found[2]))


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, Host]]:
    folder = tmp_path_factory.mktemp("textbook")
    (port,) = free_ports(1, A)
    (dns,) = free_ports(1)
    names = Names(folder, dns)
    made = []
    for domain, address, rate in (("a.test", A, 12), ("b.test", B, 1000)):
        names.zone[domain] = {"MX": [f"10 mail.{domain}."], "TXT": [f'"v=spf1 ip4:{address} -all"']}
        names.zone[f"mail.{domain}"] = {"A": [address]}
        names.zone[f"_dmarc.{domain}"] = {"TXT": ['"v=DMARC1; p=reject"']}
        ports = dict(zip(DOORS, [port, *free_ports(len(DOORS) - 1, address)], strict=True))
        more = MORE.format(dns=dns, port=port, address=address, rate=rate)
        host = Host(folder / domain, domain, address=address, ports=ports, more=more)
        for name, text in published(host):
            # A text is cut into strings of at most 255 octets.
            cut = " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
            names.zone[name] = {"TXT": [cut]}
        made.append(host)
    names.zone["offers.example"] = {"TXT": [f'"v=spf1 ip4:{SPAMMER} -all"']}
    names.zone["friend.example"] = {"TXT": [f'"v=spf1 ip4:{FRIEND} -all"']}
    server = names.start()
    for host in made:
        host.account("ann")
        host.start()
        # The keys are found in DNS, and sign from now on.
        host.command("domain", "dkim", "list", host.domain)
    yield made[0], made[1]
    for host in made:
        host.stop()
    server.terminate()
    server.wait(timeout=10)


def from_outside(host: Host, sender: str, message: EmailMessage, source: str) -> tuple[int, bytes]:
    """The answer to a message from another host, which tries again when it is put off."""
    for _ in range(5):
        with smtplib.SMTP(
            host.address, host.ports["smtp"], "mx.example", source_address=(source, 0)
        ) as outside:
            try:
                outside.send_message(message, sender, [str(message["To"])])
            except smtplib.SMTPRecipientsRefused as refused:
                code, words = refused.recipients[str(message["To"])]
            except smtplib.SMTPResponseException as refused:
                code, words = refused.smtp_code, bytes(refused.smtp_error)  # type: ignore[arg-type]
            else:
                return 250, b""
        if code >= 500:
            return code, words
        time.sleep(1.1)
    return code, words


def test_a_message_is_put_off_once_and_arrives_with_its_papers(hosts: tuple[Host, Host]) -> None:
    """Greylisted, repeated, accepted; SPF, DKIM and DMARC are written on it."""
    a, b = hosts
    submit(a, "ann@b.test", "with papers")
    eventually(lambda: subjects(b, "ann@b.test") == ["with papers"])
    assert a.logged("greylist|4.7.1|come back|Try again")
    header = newest(b).partition("\n\n")[0].replace("\r\n", "\n")
    results = re.search(r"Authentication-Results: mail\.b\.test;(?:.|\n[ \t])+", header)
    assert results, header
    for passed in ("spf=pass", "dkim=pass", "dmarc=pass"):
        assert passed in results[0]
    identity = re.search(r"(?i)message-id: (<.*>)", header)
    assert identity
    story = b.command("message", "trace", identity[1])
    assert "ann@b.test" in story
    assert "dmarc" in b.command("message", "explain", identity[1]).lower()


def test_whoever_pretends_to_be_of_a_is_refused(hosts: tuple[Host, Host]) -> None:
    _, b = hosts
    forged = letter("I am ann", sender="ann@a.test", to="ann@b.test")
    code, words = from_outside(b, "ann@a.test", forged, SPAMMER)
    assert (code, words[:6]) == (550, b"5.7.26")
    code, words = from_outside(b, "win@offers.example", forged, SPAMMER)
    assert (code, words[:6]) == (550, b"5.7.26")
    assert "I am ann" not in subjects(b, "ann@b.test")


def test_nothing_is_submitted_without_a_password(hosts: tuple[Host, Host]) -> None:
    a, _ = hosts
    with smtplib.SMTP(a.address, a.ports["submission"]) as outgoing:
        outgoing.starttls(context=ANYONE)
        outgoing.ehlo()
        assert outgoing.mail("ann@a.test")[0] == 530


def test_a_full_mailbox_and_a_domain_that_is_not_there_bounce(hosts: tuple[Host, Host]) -> None:
    """552 from the other host, nothing at all from DNS: the sender reads both in plain words."""
    a, b = hosts
    b.account("bob")
    b.command("account", "quota", "bob@b.test", "1K")
    before = len(subjects(a, "ann@a.test"))
    submit(a, "bob@b.test", "too much for bob " + "x" * 1_500)
    eventually(lambda: len(subjects(a, "ann@a.test")) == before + 1)
    assert "Status: 5.2.2" in newest(a)
    submit(a, "ann@nowhere.test", "to nowhere")
    eventually(lambda: len(subjects(a, "ann@a.test")) == before + 2)
    bounce = newest(a)
    assert "Action: failed" in bounce
    assert "nowhere.test" in bounce


def test_free_money_lies_in_junk_until_it_is_taken_out(hosts: tuple[Host, Host]) -> None:
    _, b = hosts

    def money(number: int) -> EmailMessage:
        message = EmailMessage()
        message["From"] = f"win{number}@offers.example"
        message["To"] = "ann@b.test"
        message["Subject"] = "FREE MONEY!!! Claim your prize now"
        message.set_content(MONEY.format(number))
        return message

    assert from_outside(b, "win@offers.example", money(1), SPAMMER)[0] == 250
    box = imap(b, "ann@b.test")
    box.select("Junk")
    assert box.search(None, "SUBJECT", '"FREE MONEY"')[1] == [b"1"]
    box.uid("MOVE", "1", "INBOX")
    box.logout()
    eventually(lambda: "1 " in b.command("spam", "status", "ann@b.test"))

    def stays_out() -> bool:
        number = len(subjects(b, "ann@b.test")) + 10
        assert from_outside(b, "win@offers.example", money(number), SPAMMER)[0] == 250
        return subjects(b, "ann@b.test").count("FREE MONEY!!! Claim your prize now") > 1

    eventually(stays_out)


def test_an_account_that_floods_is_slowed_and_its_owner_told(hosts: tuple[Host, Host]) -> None:
    """Over its rate 450 4.7.x; its owner is told by mail, once."""
    a, _ = hosts
    answers = []
    with smtplib.SMTP(a.address, a.ports["submission"]) as outgoing:
        outgoing.starttls(context=ANYONE)
        outgoing.login("ann@a.test", "secret")
        for number in range(20):
            try:
                outgoing.send_message(letter(f"flood {number}", "ann@a.test", "ann@a.test"))
            except smtplib.SMTPSenderRefused as refused:
                answers.append((refused.smtp_code, refused.smtp_error[:4]))
                outgoing.rset()
            except smtplib.SMTPRecipientsRefused as refused:
                answers.extend((code, words[:4]) for code, words in refused.recipients.values())
    assert answers
    assert set(answers) <= {(450, b"4.7."), (451, b"4.7.")}
    told = "ann@a.test sends more than it may"
    eventually(lambda: subjects(a, "ann@a.test").count(told) > 1)
    # To the owner and to the postmaster, who is ann as well.
    assert subjects(a, "ann@a.test").count(told) == 2

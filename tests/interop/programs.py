"""Other people's programs run to their end, and what a test looks at beside them."""

import imaplib
import os
import smtplib
import ssl
import subprocess
from email.message import EmailMessage
from pathlib import Path

from tests.interop.conftest import program
from tests.interop.host import Host

ANYONE = ssl._create_unverified_context()


def run(
    *words: str,
    cwd: Path | None = None,
    given: str = "",
    codes: tuple[int, ...] = (0,),
    more: dict[str, str] | None = None,
) -> str:
    """Run a program to its end; returns all that it printed. `more`: of its environment."""
    done = subprocess.run(
        [program(words[0]), *words[1:]],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={**os.environ, "HOME": str(cwd or "/nonexistent"), "TERM": "xterm", **(more or {})},
        check=False,
    )
    assert done.returncode in codes, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def letter(
    subject: str, sender: str = "someone@example.net", to: str = "x@example.test"
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message.set_content(f"Words of {subject}.\n.with a dot\n")
    return message


def deliver(host: Host, to: str, subject: str) -> None:
    with smtplib.SMTP("127.0.0.1", host.ports["smtp"], "client.example.net") as outside:
        outside.send_message(letter(subject, to=to), "someone@example.net", [to])


def imap(host: Host, user: str) -> imaplib.IMAP4:
    box = imaplib.IMAP4_SSL(host.address, host.ports["imaps"], ssl_context=ANYONE)
    box.login(user, "secret")
    return box


def subjects(host: Host, user: str, mailbox: str = "INBOX") -> list[str]:
    """The subjects in a mailbox, sorted."""
    box = imap(host, user)
    box.select(mailbox, readonly=True)
    _, found = box.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    box.logout()
    texts = [part[1].decode() for part in found if isinstance(part, tuple)]
    return sorted(text.split(":", 1)[1].strip() for text in texts)

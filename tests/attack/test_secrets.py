"""What is secret is nowhere but where it must be (threats O2, O1)."""

import base64
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.victim import MORE, Victim

GOOD, WRONG = "marker-good-6151", "marker-wrong-7262"
MARKERS = (GOOD, WRONG)
SMTP = {"smtp", "submission", "submissions"}
# A bug of ours that meets a password on its way: its traceback tells places, not values.
BROKEN = """
import sys
from mailsuite.directory.service import Directory
from twisted.scripts.twistd import run

inside = Directory.sign_in

async def sign_in(self, credentials, *args):
    if credentials.user.startswith("broken"):
        raise RuntimeError("a bug of ours")
    return await inside(self, credentials, *args)

Directory.sign_in = sign_in
sys.argv[0] = "twistd"
run()
"""


class Talkative(Victim):
    """Tells everything it can, and breaks on one name."""

    def twistd(self) -> list[str]:
        words = super().twistd()
        return [sys.executable, "-c", BROKEN, *words[1:]]


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    more = MORE + '[log]\nlevel = "debug"\n'
    made = Talkative(tmp_path_factory.mktemp("talkative"), "example.test", more=more)
    made.account("ann", GOOD)
    made.start()
    yield made
    made.stop()


def encoded(*words: str) -> bytes:
    return base64.b64encode("\0".join(words).encode())


def dialogues(user: str, password: str) -> dict[str, list[bytes]]:
    """Every way to say a password, at every door, good and bad ones."""
    plain, name, word = encoded("", user, password), encoded(user), encoded(password)
    octets = password.encode()
    imap = [
        b"a LOGIN %b %b" % (user.encode(), octets),
        b"b LOGIN %b {%d+}\r\n%b" % (user.encode(), len(octets), octets),
        b"c AUTHENTICATE PLAIN %b" % plain,
        b"d AUTHENTICATE LOGIN\r\n%b\r\n%b" % (name, word),
        b"e LOGIN %b %b \x01" % (user.encode(), octets),
        b"f %b" % octets,
    ]
    smtp = [
        b"EHLO client.example.net",
        b"AUTH PLAIN %b" % plain,
        b"AUTH LOGIN\r\n%b\r\n%b" % (name, word),
        b"AUTH PLAIN %b=broken" % plain,
        b"AUTH NONE %b" % plain,
        octets,
    ]
    pop3 = [
        b"USER %b\r\nPASS %b" % (user.encode(), octets),
        b"AUTH PLAIN %b" % plain,
        b"AUTH PLAIN\r\n%b" % plain,
        b"PASS %b" % octets,
        b"%b" % octets,
    ]
    return {
        "imap": imap, "imaps": imap, "pop3": pop3, "pop3s": pop3,
        "submission": smtp, "submissions": smtp, "smtp": smtp,
    }  # fmt: skip


def said(victim: Victim, user: str, password: str) -> bytes:
    """Say each on a connection of its own; returns all that was answered."""
    answers = []
    for door, lines in dialogues(user, password).items():
        for line in lines:
            with victim.connect(door) as talk:
                first = b"EHLO client.example.net\r\n" if door in SMTP else b""
                last = b"z LOGOUT\r\n" if door.startswith("imap") else b"QUIT\r\n"
                talk.send(first + line + b"\r\n" + last)
                answers.append(talk.rest())
    return b"".join(answers)


def process(victim: Victim) -> bytes:
    """What other users of the machine, and `ps`, may see of the process."""
    folder = Path(f"/proc/{victim.pid}")
    return b"".join((folder / name).read_bytes() for name in ("cmdline", "environ", "comm"))


def forms(marker: str) -> list[bytes]:
    """A marker as it may stand in a log or a file."""
    found = [marker.encode(), marker.encode().hex().encode()]
    # Somewhere in a longer base64 text: without the octets that the neighbours share.
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + marker.encode()).rstrip(b"=")
        found.append(text[4:-4])
    return found


@pytest.mark.threat("O2")
def test_passwords_are_in_no_log_no_process_table_and_no_file(talkative: Victim) -> None:
    """Right and wrong ones, in every form that a client may send, and through a bug of ours."""
    answers = said(talkative, "ann@example.test", GOOD)
    assert answers.count(b"a OK") == 2
    answers += said(talkative, "ann@example.test", WRONG)
    answers += said(talkative, "broken@example.test", WRONG)
    talkative.command("account", "password", "ann@example.test", "--password-stdin", given=GOOD)
    talkative.config.write_text(talkative.config.read_text() + f'\n[nonsense]\nkey = "{GOOD}"\n')
    with pytest.raises(AssertionError, match="nonsense"):
        talkative.command("reload")
    log = talkative.log.read_bytes()
    assert b"a bug of ours" in log
    assert b"traceback=" in log
    files = b"".join(
        path.read_bytes()
        for path in (talkative.folder / "var").rglob("*")
        if path.is_file() and path.name != "reserve"
    )
    for marker in MARKERS:
        for form in forms(marker):
            for where, octets in (
                ("log", log), ("answers", answers), ("process", process(talkative)),
                ("files", files),
            ):  # fmt: skip
                assert form not in octets, f"{form!r} is in the {where}"


@pytest.mark.threat("O2")
def test_the_process_cannot_be_dumped(talkative: Victim) -> None:
    limits = Path(f"/proc/{talkative.pid}/limits").read_text()
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]


@pytest.mark.threat("O1")
def test_what_clients_say_is_one_line_an_event(talkative: Victim) -> None:
    """Line ends, colours and turned text in every place that a client fills."""
    evil = "x\r\x1b[31m\u202e\u2028level=critical event=forged".encode()
    for door in ("smtp", "submission", "imap", "pop3"):
        with talkative.connect(door) as talk:
            talk.send(b"EHLO %b\r\nMAIL FROM:<%b>\r\n" % (evil, evil))
            talk.send(b"a LOGIN %b %b\r\nUSER %b\r\nPASS %b\r\n" % (evil, evil, evil, evil))
            talk.send(b'b ID ("name" "%b")\r\nz LOGOUT\r\nQUIT\r\n' % evil)
            talk.rest()
    text = talkative.log.read_text()
    assert all(c.isprintable() or c == "\n" for c in text)
    assert all(line.startswith("time=") for line in text.split("\n")[:-1])


@pytest.mark.threat("W10")
@pytest.mark.parametrize(
    ("door", "line"), [("smtp", b"NONSENSE"), ("imap", b"a NONSENSE"), ("pop3", b"NONSENSE")]
)
def test_bad_input_has_its_line_in_the_log(talkative: Victim, door: str, line: bytes) -> None:
    """With the connection's trace id, and that id with the peer's address."""
    before = talkative.log.stat().st_size
    with talkative.connect(door) as talk:
        for _ in range(2):  # the log is written after the answer: before the next one it is there
            talk.send(line + b"\r\n")
            talk.line()
    with talkative.log.open("rb") as log:
        log.seek(before)
        told = log.read().decode()
    refused = re.search(rf'at=mailsuite\.{door}\S* trace=(\w+) event="refused', told)
    assert refused is not None, told
    assert f'trace={refused[1]} event="connected 127.0.0.1"' in told

"""Two workers of one host: what one acknowledges the other shows, and either may die."""

import contextlib
import imaplib
import os
import poplib
import signal
import smtplib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from mailsuite.control.client import NoAnswer, NoServer, ask
from tests.interop.host import Host, free_ports

T = TypeVar("T")

MORE = """
workers = 2
[sign_in]
plaintext_from = ["127.0.0.0/8"]
[limits]
sign_in_failures_per_address = 1
connections_per_address = 12
[relay]
smarthost = "u:mark3r@127.0.0.1:{sink}"
allow_private = true
retry = ["1s"]
"""
PATIENCE_SECONDS = 30


class Group(Host):
    """A host of two workers."""

    sink: socket.socket
    opened: contextlib.ExitStack

    def start(self) -> None:
        super().start()
        self.workers()

    def order(self, verb: str, **arguments: object) -> Any:
        """What the command would ask the running server."""
        told = ask(self.var, verb, arguments)
        if "error" in told:
            raise AssertionError(told["error"])
        return told["ok"]

    @property
    def var(self) -> Path:
        return self.folder / "var"

    def workers(self) -> list[int]:
        """Their process numbers, the first worker's first; waits until both serve."""

        def serving() -> list[int]:
            try:
                told = ask(self.var, "status", {})
            except (NoServer, NoAnswer):
                return []
            found = [worker["pid"] for worker in told["ok"]["workers"]]
            return found if all(found) else []

        return eventually(serving)

    def at(self, worker: int, connect: Callable[[], T]) -> T:
        """A connection that this worker took."""
        for _ in range(50):
            one = connect()
            if taken_by(worker, socket_of(one)):
                self.opened.callback(close, one)
                return one
            close(one)  # at once: an address has few
        raise AssertionError(f"worker {worker} takes no connection")

    def smtp(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.ports["smtp"], timeout=PATIENCE_SECONDS)

    def imap(self) -> imaplib.IMAP4:
        return imaplib.IMAP4("127.0.0.1", self.ports["imap"], timeout=PATIENCE_SECONDS)

    def inbox(self, worker: int, name: str = "ann") -> imaplib.IMAP4:
        """IMAP at this worker, the INBOX selected."""
        client = self.at(worker, self.imap)
        client.login(f"{name}@{self.domain}", "secret")
        client.select("INBOX")
        return client


def close(client: object) -> None:
    """Close what smtplib, imaplib or poplib has open."""
    ends = getattr(client, "shutdown", None) or client.close  # type: ignore[attr-defined]
    with contextlib.suppress(OSError):
        ends()


def socket_of(client: object) -> socket.socket:
    found: socket.socket = client.sock  # type: ignore[attr-defined]
    return found


def taken_by(worker: int, one: socket.socket) -> bool:
    """Whether the process has the other end of a connection on loopback."""
    ours, theirs = one.getsockname()[1], one.getpeername()[1]
    ends = f":{theirs:04X} ", f":{ours:04X} "
    nodes = set()
    for line in Path(f"/proc/{worker}/net/tcp").read_text().splitlines():
        fields = line.split()
        if f"{fields[1]} ".endswith(ends[0]) and f"{fields[2]} ".endswith(ends[1]):
            nodes.add(f"socket:[{fields[9]}]")
    for each in Path(f"/proc/{worker}/fd").iterdir():
        try:
            if str(each.readlink()) in nodes:
                return True
        except FileNotFoundError:
            continue
    return False


def eventually(look: Callable[[], T]) -> T:
    """What is found, once there is something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < end, look
        time.sleep(0.02)
    return found


def is_replaced(group: Group, worker: int) -> bool:
    return worker not in group.workers()


def letter(number: object) -> str:
    return f"Message-ID: <{number}@elsewhere.test>\r\nSubject: {number}\r\n\r\nHello.\r\n"


def numbers(client: imaplib.IMAP4) -> list[str]:
    """The subjects in the INBOX."""
    client.select("INBOX")
    _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    return [item[1].decode().split()[-1] for item in found if isinstance(item, tuple)]


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    sink = socket.create_server(("127.0.0.1", 0))
    sink.settimeout(PATIENCE_SECONDS)
    more = MORE.format(sink=sink.getsockname()[1])
    made = Group(tmp_path_factory.mktemp("group"), "example.test", more=more)
    made.sink = sink
    try:
        made.start()
        for name in ("ann", "bob", "cid", "dan"):
            made.order("account add", address=f"{name}@example.test", password="secret")
        yield made
    finally:
        sink.close()
        if made.process is not None and made.process.poll() is None:
            made.stop()


@pytest.fixture(autouse=True)
def opened(group: Group) -> Iterator[None]:
    """Every connection is closed after the test that opened it."""
    with contextlib.ExitStack() as group.opened:
        yield


def test_what_one_worker_acknowledged_the_other_shows_at_once(group: Group) -> None:
    first, second = group.workers()
    inboxes = [group.inbox(first), group.inbox(second)]
    senders = [group.at(first, group.smtp), group.at(second, group.smtp)]
    for turn in range(40):
        senders[turn % 2].sendmail("a@b.test", ["ann@example.test"], letter(turn))
        inbox = inboxes[(turn + 1) % 2]
        inbox.noop()
        assert inbox.response("EXISTS")[1][-1] == b"%d" % (turn + 1)
        # Flags, an append and an expunge go the other way.
        one, other = inboxes[turn % 2], inbox
        one.noop()
        one.store(f"{turn + 1}", "+FLAGS", r"(\Seen)")
        assert r"\Seen" in str(other.fetch(f"{turn + 1}", "(FLAGS)")[1])
    inboxes[0].append("INBOX", "", "", letter("appended").encode())
    assert numbers(inboxes[1])[-1] == "appended"
    inboxes[1].store("1", "+FLAGS", r"(\Deleted)")
    inboxes[1].expunge()
    inboxes[0].noop()
    assert inboxes[0].response("EXPUNGE")[1] == [b"1"]
    inboxes[0].create("Project")
    assert inboxes[1].select("Project")[0] == "OK"


def test_who_waits_at_one_worker_is_told_of_what_came_to_the_other(group: Group) -> None:
    """IDLE (RFC 2177) over workers: nobody asks, and nobody waits for a timer."""
    first, second = group.workers()
    for here, there in ((first, second), (second, first)):
        waiting = group.inbox(here, "bob")
        waiting.send(b"x IDLE\r\n")
        assert waiting.readline().startswith(b"+ ")
        group.at(there, group.smtp).sendmail(
            "a@b.test", ["bob@example.test"], letter(f"idle.{here}")
        )
        assert waiting.readline().endswith(b" EXISTS\r\n")
        close(waiting)


@pytest.mark.threat("P1")
def test_a_maildrop_is_locked_over_all_workers(group: Group) -> None:
    first, second = group.workers()

    def pop3(worker: int) -> poplib.POP3:
        client = group.at(worker, lambda: poplib.POP3("127.0.0.1", group.ports["pop3"]))
        client.user("bob@example.test")
        return client

    holder, other = pop3(first), pop3(second)
    holder.pass_("secret")
    with pytest.raises(poplib.error_proto, match=r"\[IN-USE\]"):
        other.pass_("secret")
    holder.quit()
    other.user("bob@example.test")
    other.pass_("secret")
    other.close()
    eventually(lambda: signed_in(pop3(first)))


def signed_in(client: poplib.POP3) -> bool:
    try:
        client.pass_("secret")
    except poplib.error_proto:
        return False
    client.quit()
    return True


@pytest.mark.threat("A1")
def test_a_guess_at_one_worker_counts_at_the_other(group: Group) -> None:
    """One failure an hour is allowed from an address here, and not one at each worker."""
    first, second = group.workers()

    def imap() -> imaplib.IMAP4:
        client = imaplib.IMAP4.__new__(Elsewhere)
        client.__init__("127.0.0.1", group.ports["imap"])  # type: ignore[misc]
        return client

    for worker, password, answer in ((first, "wrong", "AUTHENTICATIONFAILED"), (second, "secret", "LIMIT|UNAVAILABLE|AUTHENTICATIONFAILED")):  # fmt: skip
        client = group.at(worker, imap)
        with pytest.raises(imaplib.IMAP4.error, match=answer):
            client.login("cid@example.test", password)
        close(client)


class Elsewhere(imaplib.IMAP4):
    """A client with another address than the other tests'."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection(
            (self.host, self.port), timeout or PATIENCE_SECONDS, ("127.0.0.2", 0)
        )


def test_connections_are_counted_over_all_workers(group: Group) -> None:
    def connected() -> socket.socket:
        return socket.create_connection(
            ("127.0.0.1", group.ports["smtp"]), PATIENCE_SECONDS, ("127.0.0.3", 0)
        )

    held = [connected() for _ in range(12)]
    assert all(one.recv(3) == b"220" for one in held)
    taken = [taken_by(group.workers()[0], one) for one in held]
    assert 0 < sum(taken) < 12, "both take some"
    with connected() as late:
        assert late.recv(3) == b"421"
    for one in held:
        one.close()

    def free() -> bool:
        with connected() as again:
            return again.recv(3) == b"220"

    eventually(free)


@pytest.mark.threat("A9")
def test_a_new_password_ends_the_sessions_of_every_worker(group: Group) -> None:
    clients = [group.inbox(worker, "dan") for worker in group.workers()]
    group.order("account password", address="dan@example.test", password="other")
    for client in clients:
        assert client.readline().startswith(b"* BYE")


def test_the_operator_sees_the_sessions_of_every_worker_and_ends_them(group: Group) -> None:
    clients = [group.inbox(worker) for worker in group.workers()]
    found = [one for one in group.order("session list") if one["account"] == "ann@example.test"]
    assert len(found) == len(clients)
    for one in found:
        group.order("session end", session=one["id"])
    for client in clients:
        assert client.readline().startswith(b"* BYE")
    with pytest.raises(AssertionError, match="There is no session"):
        group.order("session end", session="nonsense")


@pytest.mark.threat("O8")
def test_a_configuration_is_taken_by_all_workers_or_by_none(group: Group) -> None:
    good = group.config.read_text()

    def sizes() -> list[str]:
        clients = [group.at(worker, group.smtp) for worker in group.workers()]
        for client in clients:
            client.ehlo("x")
        return [client.esmtp_features["size"] for client in clients]

    before = sizes()
    group.config.write_text(good.replace("[limits]", "[limits]\nmessage_octets = true"))
    with pytest.raises(AssertionError, match=r"message_octets must be"):
        group.order("reload")
    assert sizes() == before
    group.config.write_text(good.replace("[limits]", "[limits]\nmessage_octets = 1000000"))
    assert group.order("reload") == []
    assert sizes() == ["1000000"] * 2
    # Who comes in the place of a dead worker goes by it, too; not by what the file says meanwhile.
    group.config.write_text(good)
    victim = group.workers()[1]
    os.kill(victim, signal.SIGKILL)
    eventually(partial(is_replaced, group, victim))
    assert sizes() == ["1000000"] * 2


@pytest.mark.threat("O2")
def test_no_secret_stands_in_arguments_or_environment(group: Group) -> None:
    assert "mark3r" in group.config.read_text()
    for worker in group.workers():
        for place in ("cmdline", "environ"):
            assert b"mark3r" not in Path(f"/proc/{worker}/{place}").read_bytes()


@pytest.mark.threat("K2")
def test_a_worker_that_dies_under_load_takes_nothing_along(group: Group) -> None:
    """Others serve on; what was acknowledged is there, once; another comes in its place."""
    acknowledged: list[str] = []
    over = threading.Event()

    def load(name: str) -> None:
        turn = 0
        while not over.is_set():
            try:
                with group.smtp() as client:
                    while not over.is_set():
                        turn += 1
                        client.sendmail("a@b.test", ["bob@example.test"], letter(f"{name}.{turn}"))
                        acknowledged.append(f"{name}.{turn}")
            except (OSError, smtplib.SMTPException):
                continue

    threads = [threading.Thread(target=load, args=(name,)) for name in "klmn"]
    for each in threads:
        each.start()

    def more() -> None:
        count = len(acknowledged) + 20
        eventually(lambda: len(acknowledged) > count)

    try:
        # The last is told to end: it finishes what it has in hand.
        for place, how in ((1, signal.SIGKILL), (0, signal.SIGKILL), (1, signal.SIGTERM)):
            more()
            before = group.workers()
            os.kill(before[place], how)
            more()
            eventually(partial(is_replaced, group, before[place]))
    finally:
        over.set()
        for each in threads:
            each.join()
    for worker in group.workers():
        found = numbers(group.inbox(worker, "bob"))
        assert len(found) == len(set(found))
        assert set(acknowledged) <= set(found)


@pytest.mark.threat("K20")
def test_what_a_dead_worker_was_sending_is_sent_by_the_next(group: Group) -> None:
    client = group.at(group.workers()[1], partial(submission, group))
    client.login("ann@example.test", "secret")
    client.sendmail("ann@example.test", ["far@elsewhere.test"], letter("onward"))
    taken, _ = group.sink.accept()  # the relay waits for a greeting, its lease in hand
    os.kill(group.workers()[0], signal.SIGKILL)
    again, _ = group.sink.accept()
    taken.close()
    again.close()
    (entry,) = group.order("queue list")
    group.order("queue remove", entries=[entry["id"]])


def submission(group: Group) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", group.ports["submission"], timeout=PATIENCE_SECONDS)


def test_without_its_supervisor_no_worker_serves_and_a_new_one_begins_at_once(group: Group) -> None:
    workers = group.workers()
    group.kill()
    group.start()
    assert not set(workers) & set(group.workers())


@pytest.mark.threat("O6")
def test_all_workers_finish_when_the_host_stops(group: Group) -> None:
    workers = group.workers()
    client = group.at(workers[1], group.smtp)
    client.ehlo("x")
    group.stop()
    assert socket_of(client).recv(3) == b"421"
    client.close()
    for worker in workers:
        assert not Path(f"/proc/{worker}").exists()


@pytest.mark.threat("K14")
def test_a_port_that_is_taken_starts_no_worker(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = dict(zip(("smtp", "imap"), [*free_ports(1), other.getsockname()[1]], strict=True))
        group = Group(tmp_path, "example.test", ports=ports, more="workers = 2")
        done = subprocess.run(
            [*group.twistd(), "--config", str(group.config)],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 78
    assert done.stderr.splitlines()[-1] == (
        f"[listen] imap: tcp:{ports['imap']}:interface=127.0.0.1 cannot be opened: another program"
        " listens there already."
    )
    assert "worker" not in done.stderr

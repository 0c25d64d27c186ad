"""Real mail programs, as people use them, against a running suite."""

import imaplib
import poplib
import smtplib
import ssl
import time
from pathlib import Path

import pytest

from tests.interop.host import Host
from tests.interop.programs import ANYONE, deliver, imap, letter, run, subjects


def test_swaks_from_outside_lands_in_the_inbox(host: Host, fresh: str) -> None:
    """The first thing that a new owner tries."""
    told = run(
        "swaks", "--server", f"127.0.0.1:{host.ports['smtp']}", "--to", fresh,
        "--from", "someone@example.net", "--header", "Subject: by swaks",
    )  # fmt: skip
    assert "250 2.0.0" in told
    assert subjects(host, fresh) == ["by swaks"]


def test_swaks_submits_over_starttls_and_tls(host: Host, fresh: str) -> None:
    for port, tls in (("submission", "--tls"), ("submissions", "--tls-on-connect")):
        told = run(
            "swaks", "--server", f"127.0.0.1:{host.ports[port]}", tls, "--auth", "PLAIN",
            "--auth-user", fresh, "--auth-password", "secret", "--to", fresh, "--from", fresh,
            "--header", f"Subject: by {port}",
        )  # fmt: skip
        assert "235 2.7.0" in told
    assert subjects(host, fresh) == ["by submission", "by submissions"]


def test_swaks_is_refused_where_it_must_be(host: Host, fresh: str) -> None:
    server = f"127.0.0.1:{host.ports['smtp']}"
    unknown = run("swaks", "--server", server, "--to", "nobody@example.test",
                  "--from", "someone@example.net", codes=(24,))  # fmt: skip
    assert "550 5.1.1" in unknown
    relayed = run("swaks", "--server", server, "--to", "someone@example.com",
                  "--from", "someone@example.net", codes=(24,))  # fmt: skip
    assert "550 5.7.1" in relayed
    clear = run("swaks", "--server", f"127.0.0.1:{host.ports['submission']}", "--to", fresh,
                "--from", fresh, codes=(23, 24))  # fmt: skip
    assert "530 5.7.0" in clear


def test_python_libraries_see_the_same_message(host: Host, fresh: str) -> None:
    """smtplib puts it in; imaplib and poplib bring the same octets out."""
    message = letter("three libraries", sender=fresh, to=fresh)
    with smtplib.SMTP("127.0.0.1", host.ports["submission"]) as outgoing:
        outgoing.starttls(context=ANYONE)
        outgoing.login(fresh, "secret")
        outgoing.send_message(message)
    box = imap(host, fresh)
    box.select()
    _, found = box.fetch("1", "(RFC822.SIZE BODY.PEEK[])")
    octets = found[0][1]  # type: ignore[index]
    assert isinstance(octets, bytes)
    assert b"Words of three libraries.\r\n.with a dot\r\n" in octets
    assert b"RFC822.SIZE %d" % len(octets) in found[0][0]  # type: ignore[index, operator]
    box.store("1", "+FLAGS", "(\\Seen $Forwarded)")
    assert "$Forwarded" in str(box.fetch("1", "(FLAGS)")[1][0])
    drop = poplib.POP3_SSL("127.0.0.1", host.ports["pop3s"], context=ANYONE)
    drop.user(fresh)
    drop.pass_("secret")
    assert drop.stat() == (1, len(octets))
    assert b"\r\n".join([*drop.retr(1)[1], b""]) == octets
    assert drop.uidl()[1][0].startswith(b"1 ")
    drop.dele(1)
    drop.quit()
    assert box.noop()[0] == "OK"
    assert box.select()[1] == [b"0"]
    box.logout()


def test_curl_speaks_all_three_protocols(host: Host, fresh: str, tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(letter("by curl", sender=fresh, to=fresh).as_bytes())
    who = ("--user", f"{fresh}:secret", "--insecure", "--silent", "--show-error")
    run("curl", *who, "--ssl-reqd", f"smtp://127.0.0.1:{host.ports['submission']}",
        "--mail-from", fresh, "--mail-rcpt", fresh, "--crlf", "--upload-file", str(tmp_path / "letter"))  # fmt: skip
    assert "INBOX" in run("curl", *who, f"imaps://127.0.0.1:{host.ports['imaps']}/")
    by_imap = run("curl", *who, f"imaps://127.0.0.1:{host.ports['imaps']}/INBOX;MAILINDEX=1")
    assert "Words of by curl." in by_imap
    assert "1 " in run("curl", *who, f"pop3s://127.0.0.1:{host.ports['pop3s']}/")
    assert "Words of by curl." in run("curl", *who, f"pop3s://127.0.0.1:{host.ports['pop3s']}/1")
    assert "Words of by curl." in run(
        "curl", *who, "--ssl-reqd", f"pop3://127.0.0.1:{host.ports['pop3']}/1"
    )


MBSYNC = """
IMAPAccount suite
Host 127.0.0.1
Port {port}
User {user}
Pass secret
{tls}
CertificateFile {certificate}
AuthMechs PLAIN LOGIN

IMAPStore far
Account suite

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Sync All
SyncState *
"""


@pytest.mark.parametrize("hidden", [(), ("CONDSTORE", "QRESYNC")], ids=["qresync", "hidden"])
def test_mbsync_twice_with_changes_on_both_sides(
    host: Host, fresh: str, tmp_path: Path, hidden: tuple[str, ...]
) -> None:
    """A first sync, changes here and there, a second sync: both sides are alike."""
    if hidden:
        host.ask("account hide", address=fresh, capabilities=hidden)
    for n in range(5):
        deliver(host, fresh, f"letter {n}")
    (tmp_path / "mail").mkdir()
    pem = ssl.get_server_certificate(("127.0.0.1", host.ports["imaps"]))
    (tmp_path / "certificate.pem").write_text(pem)
    version = run("mbsync", "--version", codes=(0, 1))
    tls = "TLSType IMAPS" if "1.5" in version else "SSLType IMAPS"
    (tmp_path / "mbsyncrc").write_text(
        MBSYNC.format(
            port=host.ports["imaps"],
            user=fresh,
            folder=tmp_path,
            tls=tls,
            certificate=tmp_path / "certificate.pem",
        )
    )
    sync = ("mbsync", "--config", str(tmp_path / "mbsyncrc"), "--all")
    run(*sync, cwd=tmp_path)
    inbox = tmp_path / "mail" / "INBOX"
    here = sorted(inbox.glob("*/*"))
    assert len(here) == 5
    assert (tmp_path / "mail" / "Sent" / "cur").is_dir()
    # Here: one read, one thrown away, one new in Drafts. There: one read, one away, one new.
    here[0].rename(inbox / "cur" / f"{here[0].name.split(':')[0]}:2,S")
    here[1].rename(inbox / "cur" / f"{here[1].name.split(':')[0]}:2,T")
    (tmp_path / "mail" / "Drafts" / "new" / "1.draft.here").write_bytes(
        letter("draft here").as_bytes()
    )
    box = imap(host, fresh)
    box.select()
    box.store("4", "+FLAGS", "(\\Flagged)")
    box.store("5", "+FLAGS", "(\\Deleted)")
    box.expunge()
    box.logout()
    deliver(host, fresh, "letter 9")
    run(*sync, cwd=tmp_path)
    run(*sync, cwd=tmp_path)
    there = subjects(host, fresh)
    now_here = sorted(
        line.split(":", 1)[1].strip()
        for path in inbox.glob("*/*")
        for line in path.read_text().splitlines()
        if line.startswith("Subject:")
    )
    assert now_here == there
    assert len(there) == 4
    assert "letter 9" in there
    assert subjects(host, fresh, "Drafts") == ["draft here"]
    box = imap(host, fresh)
    box.select(readonly=True)
    assert box.search(None, "SEEN")[1][0].count(b" ") == 0
    assert len(box.search(None, "SEEN")[1][0].split()) == 1
    box.logout()
    flagged = [path.name for path in inbox.glob("cur/*") if "F" in path.name.split(":2,")[1]]
    assert len(flagged) == 1


@pytest.mark.parametrize("protocol", ["IMAP", "POP3"])
def test_fetchmail_takes_everything_away(
    host: Host, fresh: str, tmp_path: Path, protocol: str
) -> None:
    for n in range(3):
        deliver(host, fresh, f"away {n}")
    port = host.ports["imaps" if protocol == "IMAP" else "pop3s"]
    (tmp_path / "fetchmailrc").write_text(
        f"poll 127.0.0.1 protocol {protocol} port {port}\n"
        f'  user "{fresh}" password "secret" ssl no sslcertck\n'
        f'  mda "cat >> {tmp_path}/got"\n'
    )
    (tmp_path / "fetchmailrc").chmod(0o600)
    for count in (3, 4):
        run("fetchmail", "--fetchmailrc", str(tmp_path / "fetchmailrc"), "--nosyslog",
            "--pidfile", str(tmp_path / "pid"), "--idfile", str(tmp_path / "ids"), cwd=tmp_path)  # fmt: skip
        assert (tmp_path / "got").read_text().count("Words of away") == count
        assert subjects(host, fresh) == []
        deliver(host, fresh, "away again")


def test_neomutt_reads_flags_and_saves(host: Host, fresh: str, tmp_path: Path) -> None:
    """NeoMutt in batch: it opens INBOX, flags the message, moves it to Archive and leaves."""
    deliver(host, fresh, "for mutt")
    (tmp_path / "rc").write_text(
        f'set folder="imaps://127.0.0.1:{host.ports["imaps"]}"\n'
        f'set imap_user="{fresh}" imap_pass="secret" spoolfile="+INBOX"\n'
        "set ssl_verify_host=no ssl_verify_dates=no\n"
        f'set certificate_file="{tmp_path}/certificate.pem" ssl_starttls=no\n'
        "set confirmappend=no delete=yes quit=yes move=no sleep_time=0 wait_key=no\n"
        'set header_cache="" message_cachedir="" abort_nosubject=no\n'
    )
    pem = ssl.get_server_certificate(("127.0.0.1", host.ports["imaps"]))
    (tmp_path / "certificate.pem").write_text(pem)
    keys = "<flag-message><save-message>=Archive<enter><sync-mailbox><quit>"
    command = f"neomutt -n -F {tmp_path}/rc -f +INBOX -e 'push {keys}'"
    run("script", "-qec", command, str(tmp_path / "screen"), cwd=tmp_path)
    assert subjects(host, fresh) == []
    assert subjects(host, fresh, "Archive") == ["for mutt"]
    box = imap(host, fresh)
    box.select("Archive", readonly=True)
    assert b"\\Flagged" in box.fetch("1", "(FLAGS)")[1][0]  # type: ignore[operator]
    box.logout()


def test_an_idle_client_is_told_at_once(host: Host, fresh: str) -> None:
    """IDLE: the EXISTS comes by itself, without a command."""
    box = imap(host, fresh)
    box.select()
    box.send(b"z IDLE\r\n")
    assert box.readline().startswith(b"+ ")
    deliver(host, fresh, "pushed")
    box.sock.settimeout(10)
    assert box.readline().strip() == b"* 1 EXISTS"
    box.send(b"DONE\r\n")
    while not (line := box.readline()).startswith(b"z "):
        assert line.startswith(b"* ")
    assert line.startswith(b"z OK")
    box.logout()


def alive(box: imaplib.IMAP4) -> bool:
    """Whether the connection still answers."""
    try:
        return box.noop()[0] == "OK"
    except (imaplib.IMAP4.abort, OSError):
        return False


def test_a_changed_password_holds_within_two_seconds(host: Host, fresh: str) -> None:
    """What the command changes holds in the running server, and open sessions end."""
    box = imap(host, fresh)
    host.command("account", "password", fresh, "--password-stdin", given="other\n")
    end = time.monotonic() + 5
    while alive(box) and time.monotonic() < end:
        time.sleep(0.1)
    assert not alive(box)
    box.shutdown()
    again = imaplib.IMAP4_SSL("127.0.0.1", host.ports["imaps"], ssl_context=ANYONE)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        again.login(fresh, "secret")
    again.login(fresh, "other")
    again.logout()

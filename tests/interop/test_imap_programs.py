"""IMAP programs as people use them: a first visit, changes on both sides, a second visit."""

import hashlib
import json
import re
import ssl
import subprocess
import time
from email.policy import SMTP
from pathlib import Path

import imapclient
import pytest

from tests.interop.conftest import program
from tests.interop.host import Host
from tests.interop.programs import ANYONE, deliver, imap, letter, run, subjects

SYNCING = ("CONDSTORE", "QRESYNC")
NODE = 18  # Debian 12's; imapflow 2 asks for 20
IMAPFLOW = Path(__file__).with_name("imapflow")


def fill(host: Host, user: str, count: int) -> None:
    for n in range(count):
        deliver(host, user, f"letter {n}")


def flagged(host: Host, user: str, mailbox: str = "INBOX") -> dict[str, set[str]]:
    """The flags in a mailbox, by subject."""
    with imapclient.IMAPClient(host.address, host.ports["imaps"], ssl_context=ANYONE) as box:
        box.login(user, "secret")
        box.select_folder(mailbox, readonly=True)
        found = box.fetch(box.search(), ["FLAGS", "ENVELOPE"])
    return {
        one[b"ENVELOPE"].subject.decode(): {flag.decode() for flag in one[b"FLAGS"]}
        for one in found.values()
    }


def change_there(host: Host, user: str, *, flag: str, away: str) -> None:
    """What another device does: one message is flagged, one goes, one comes."""
    box = imap(host, user)
    box.select()
    for subject, name in ((flag, "\\Flagged"), (away, "\\Deleted")):
        _, found = box.search(None, "SUBJECT", f'"{subject}"')
        box.store(found[0].decode(), "+FLAGS", f"({name})")
    box.expunge()
    box.logout()
    deliver(host, user, "later")


# --- Libraries ---------------------------------------------------------------------------------


def test_imaplib_does_everything_with_an_account(host: Host, fresh: str) -> None:
    fill(host, fresh, 4)
    box = imap(host, fresh)
    assert box.select()[1] == [b"4"]
    _, found = box.uid("SEARCH", "BODY", '"Words of letter 2"')
    [two] = found[0].split()
    assert box.uid("MOVE", two.decode(), "Archive")[0] == "OK"
    assert "COPYUID" in str(box.response("COPYUID"))
    change_there(host, fresh, flag="letter 0", away="letter 1")
    box.noop()
    assert box.untagged_responses["EXPUNGE"]
    assert box.append("Drafts", "\\Draft", "", letter("draft").as_bytes(policy=SMTP))[0] == "OK"
    assert box.uid("STORE", "4", "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK"
    assert box.uid("EXPUNGE", "4")[0] == "OK"
    assert box.sort("(REVERSE SUBJECT)", "UTF-8", "ALL")[1] == [b"1 2"]
    assert box.thread("REFERENCES", "UTF-8", "ALL")[1][0].count(b"(") == 2
    assert box.getquotaroot("INBOX")[0] == "OK"
    box.close()
    box.logout()
    assert flagged(host, fresh) == {"letter 0": {"\\Flagged"}, "later": set()}
    assert subjects(host, fresh, "Archive") == ["letter 2"]
    assert flagged(host, fresh, "Drafts") == {"draft": {"\\Draft"}}


@pytest.mark.parametrize("hidden", [(), SYNCING], ids=["condstore", "plain"])
def test_imapclient_twice_with_changes_on_both_sides(
    host: Host, fresh: str, hidden: tuple[str, ...]
) -> None:
    fill(host, fresh, 4)
    if hidden:
        host.ask("account hide", address=fresh, capabilities=hidden)
    with imapclient.IMAPClient(host.address, host.ports["imaps"], ssl_context=ANYONE) as box:
        box.login(fresh, "secret")
        assert box.has_capability("CONDSTORE") == (not hidden)
        names = {name: flags for flags, _, name in box.list_folders()}
        assert b"\\Sent" in names["Sent"]
        opened = box.select_folder("INBOX")
        assert opened[b"EXISTS"] == 4
        assert (b"HIGHESTMODSEQ" in opened) == (not hidden)
        bodies = box.fetch(
            box.search(), ["BODY.PEEK[]", "RFC822.SIZE", "BODYSTRUCTURE", "INTERNALDATE"]
        )
        assert all(len(one[b"BODY[]"]) == one[b"RFC822.SIZE"] for one in bodies.values())
        box.idle()
        change_there(host, fresh, flag="letter 0", away="letter 1")
        told: list[tuple[object, ...]] = []
        end = time.monotonic() + 30
        while (4, b"EXISTS") not in told and time.monotonic() < end:
            told += box.idle_check(timeout=5)
        box.idle_done()
        assert (2, b"EXPUNGE") in told
        [two] = box.search(["SUBJECT", "letter 2"])
        box.move([two], "Archive")
        box.append("Drafts", letter("draft").as_bytes(policy=SMTP), ["\\Draft"])
        box.create_folder("Grüße & mehr")
        assert box.folder_exists("Grüße & mehr")
        [three] = box.search(["TEXT", "letter 3"])
        box.delete_messages([three])
        box.uid_expunge([three])
        if not hidden:
            since = [b"FLAGS"], [f"CHANGEDSINCE {opened[b'HIGHESTMODSEQ']}"]
            changed = box.fetch(box.search(), *since)
            assert len(changed) == 2
            assert all(b"MODSEQ" in one for one in changed.values())
    assert flagged(host, fresh) == {"letter 0": {"\\Flagged"}, "later": set()}
    assert subjects(host, fresh, "Archive") == ["letter 2"]
    assert subjects(host, fresh, "Drafts") == ["draft"]


def test_imapflow_twice_with_changes_on_both_sides(host: Host, fresh: str) -> None:
    """It enables QRESYNC and UTF-8, and hears by VANISHED what went meanwhile."""
    node = program("node")
    if int(run("node", "--version").strip().lstrip("v").split(".")[0]) < NODE:
        pytest.fail(f"imapflow needs node {NODE} or later")
    if not (IMAPFLOW / "node_modules" / "imapflow").is_dir():
        pytest.fail("npm's imapflow is not installed: run .ci/packages, as `make test` does")
    fill(host, fresh, 4)

    def visit(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [node, str(IMAPFLOW / "deeds.mjs"), str(host.ports["imaps"]), fresh, "secret", *words],
            stdout=subprocess.PIPE,
            text=True,
        )

    with visit("FIRST") as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "listening\n"
        deliver(host, fresh, "pushed")
        seen = json.loads(first.stdout.readline())
    assert first.returncode == 0
    uses = {name: use for name, use in seen["uses"] if use}
    assert uses == {name: f"\\{name}" for name in uses} | {"INBOX": "\\Inbox"}
    assert set(uses) == {"INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"}
    assert seen["subjects"] == [f"letter {n}" for n in range(4)]
    assert seen["whole"] is seen["structures"] is seen["octets"] is True
    assert [seen[key] for key in ("found", "count", "moved", "copied", "appended")] == [
        1, 5, 1, 1, 1,
    ]  # fmt: skip
    assert seen["status"] == [1, 2, 1]
    assert subjects(host, fresh, "Archive") == ["letter 2"]
    assert flagged(host, fresh, "Sent") == {"letter 0": {"\\Seen", "$Label"}}
    assert flagged(host, fresh, "Drafts") == {"by imapflow": {"\\Draft"}}

    change_there(host, fresh, flag="letter 0", away="letter 3")
    with visit("SECOND", json.dumps(seen)) as second:
        assert second.stdout is not None
        later = json.loads(second.stdout.readline())
    assert second.returncode == 0
    assert {"QRESYNC", "UTF8=ACCEPT"} <= set(later["enabled"])
    assert later["gone"] == [4]
    assert later["changed"] == [["letter 0", ["$Label", "\\Flagged", "\\Seen"]], ["later", []]]


# --- Programs ----------------------------------------------------------------------------------

OFFLINEIMAP = """
[general]
accounts = suite
metadata = {folder}/meta
ui = basic
[Account suite]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {folder}/mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
ssl = yes
cert_fingerprint = {fingerprint}
remoteuser = {user}
remotepass = secret
usecompression = yes
"""


def test_offlineimap_twice_with_changes_on_both_sides(
    host: Host, fresh: str, tmp_path: Path
) -> None:
    fill(host, fresh, 4)
    pem = ssl.get_server_certificate((host.address, host.ports["imaps"]))
    (tmp_path / "rc").write_text(
        OFFLINEIMAP.format(
            folder=tmp_path,
            port=host.ports["imaps"],
            user=fresh,
            fingerprint=hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem)).hexdigest(),
        )
    )
    sync = ("offlineimap", "-o", "-c", str(tmp_path / "rc"))
    run(*sync, cwd=tmp_path)
    inbox = tmp_path / "mail" / "INBOX"
    here = {_subject(path): path for path in inbox.glob("*/*")}
    assert sorted(here) == [f"letter {n}" for n in range(4)]
    seen = here["letter 2"]
    seen.rename(inbox / "cur" / f"{seen.name.split(':')[0]}:2,S")
    here["letter 3"].rename(tmp_path / "mail" / "Archive" / "cur" / "moved:2,")
    (tmp_path / "mail" / "Drafts" / "new" / "draft").write_bytes(letter("draft").as_bytes())
    change_there(host, fresh, flag="letter 0", away="letter 1")
    run(*sync, cwd=tmp_path)
    assert sorted(map(_subject, inbox.glob("*/*"))) == subjects(host, fresh)
    there = flagged(host, fresh)
    assert there == {"letter 0": {"\\Flagged"}, "letter 2": {"\\Seen"}, "later": set()}
    assert subjects(host, fresh, "Archive") == ["letter 3"]
    assert subjects(host, fresh, "Drafts") == ["draft"]


def _subject(path: Path) -> str:
    [line] = [line for line in path.read_text().splitlines() if line.startswith("Subject:")]
    return line.split(":", 1)[1].strip()


IMAPFILTER = """
options.timeout = 60
options.certificates = false
options.hostnames = false
options.namespace = true
account = IMAP {{
    server = "127.0.0.1", port = {port}, ssl = "auto", username = "{user}", password = "secret",
}}
{deeds}
"""
FIRST_DEEDS = """
assert(account.INBOX:check_status() == 4)
account:create_mailbox("Lists")
account:subscribe_mailbox("Lists")
found = account.INBOX:contain_subject("letter 1") + account.INBOX:contain_body("of letter 2")
assert(#found == 2)
found:move_messages(account.Lists)
all = account.INBOX:select_all()
assert(#all == 2)
for _, message in ipairs(all) do
    mailbox, uid = table.unpack(message)
    assert(mailbox[uid]:fetch_field("Subject"))
    assert(mailbox[uid]:fetch_size() == #mailbox[uid]:fetch_message())
end
account.INBOX:contain_subject("letter 0"):mark_seen()
account.INBOX:contain_subject("letter 0"):copy_messages(account.Sent)
account.Drafts:append_message("Subject: by imapfilter\\r\\n\\r\\nWords.\\r\\n", {"\\\\Draft"})
"""
SECOND_DEEDS = """
assert(#account.INBOX:is_flagged() == 1)
new = account.INBOX:is_unseen() * account.INBOX:contain_subject("later")
assert(#new == 1)
new:delete_messages()
account.Lists:contain_subject("letter 1"):move_messages(account.INBOX)
"""


def test_imapfilter_twice_with_changes_on_both_sides(
    host: Host, fresh: str, tmp_path: Path
) -> None:
    fill(host, fresh, 4)
    pem = ssl.get_server_certificate((host.address, host.ports["imaps"]))
    (tmp_path / "certificate.pem").write_text(pem)
    trusted = {"SSL_CERT_FILE": str(tmp_path / "certificate.pem")}

    def visit(deeds: str) -> None:
        script = IMAPFILTER.format(port=host.ports["imaps"], user=fresh, deeds=deeds)
        (tmp_path / "config.lua").write_text(script)
        (tmp_path / ".imapfilter").mkdir(exist_ok=True)
        told = run("imapfilter", "-c", str(tmp_path / "config.lua"), cwd=tmp_path, more=trusted)
        assert "assertion" not in told

    visit(FIRST_DEEDS)
    assert flagged(host, fresh) == {"letter 0": {"\\Seen"}, "letter 3": set()}
    assert subjects(host, fresh, "Lists") == ["letter 1", "letter 2"]
    assert flagged(host, fresh, "Sent") == {"letter 0": {"\\Seen"}}
    assert flagged(host, fresh, "Drafts") == {"by imapfilter": {"\\Draft"}}
    change_there(host, fresh, flag="letter 0", away="letter 3")
    visit(SECOND_DEEDS)
    assert flagged(host, fresh) == {"letter 0": {"\\Seen", "\\Flagged"}, "letter 1": set()}


NEOMUTT = """
set folder="imaps://127.0.0.1:{port}"
set imap_user="{user}" imap_pass="secret" spoolfile="+INBOX"
set ssl_verify_host=no ssl_verify_dates=no ssl_starttls=no
set certificate_file="{folder}/certificate.pem"
set header_cache="{folder}/headers" message_cachedir="{folder}/bodies"
set mark_old=no confirmappend=no delete=yes quit=yes move=no sleep_time=0 wait_key=no abort_nosubject=no
set imap_condstore={condstore} imap_qresync={qresync} postponed="+Drafts" trash="+Trash"
"""


@pytest.mark.parametrize("manner", ["plain", "condstore", "qresync", "hidden"])
def test_neomutt_twice_with_changes_on_both_sides(
    host: Host, fresh: str, tmp_path: Path, manner: str
) -> None:
    """Its header cache is filled once; then it asks what changed, and what vanished."""
    fill(host, fresh, 4)
    if manner == "hidden":
        host.ask("account hide", address=fresh, capabilities=SYNCING)
    pem = ssl.get_server_certificate((host.address, host.ports["imaps"]))
    (tmp_path / "certificate.pem").write_text(pem)
    (tmp_path / "headers").mkdir()
    settings = NEOMUTT.format(
        port=host.ports["imaps"],
        user=fresh,
        folder=tmp_path,
        condstore="no" if manner == "plain" else "yes",
        qresync="yes" if manner in {"qresync", "hidden"} else "no",
    )

    def visit(keys: str) -> str:
        (tmp_path / "rc").write_text(f"{settings}push '{keys}'\n")
        command = f"neomutt -n -d 3 -l {tmp_path}/debug -F {tmp_path}/rc -f +INBOX"
        run("script", "-qec", command, str(tmp_path / "screen"), cwd=tmp_path)
        return (tmp_path / "debug0").read_text(errors="replace")  # older ones have higher numbers

    def on(subject: str) -> str:
        return f'<search>~s "{subject}"<enter>'

    first = visit(
        f"{on('letter 1')}<flag-message>{on('letter 2')}<save-message>=Archive<enter>"
        f'<limit>~b "letter 3"<enter><delete-message><limit>all<enter><sync-mailbox><quit>'
    )
    assert (" ENABLE QRESYNC" in first) == (manner == "qresync")
    assert subjects(host, fresh, "Archive") == ["letter 2"]
    assert subjects(host, fresh, "Trash") == ["letter 3"]
    change_there(host, fresh, flag="letter 1", away="letter 0")
    second = visit(f"{on('later')}<flag-message><sync-mailbox><quit>")
    asked = re.findall(r"\(CHANGEDSINCE \d+( VANISHED)?\)", second)
    assert asked == {"condstore": [""], "qresync": [" VANISHED"]}.get(manner, [])
    assert ("Handling VANISHED" in second) == (manner == "qresync")
    assert flagged(host, fresh) == {"letter 1": {"\\Flagged"}, "later": {"\\Flagged"}}

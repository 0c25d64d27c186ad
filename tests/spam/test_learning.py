"""The learner: what people do with their mail teaches, once, and is taken back exactly."""

import pytest
from sqlalchemy import update

from mailsuite.spam.bayes import Counts, Kind
from mailsuite.spam.judge import loaded, look
from mailsuite.store.removal import drop_some_mail
from mailsuite.store.schema import account, placement
from mailsuite.store.schema_spam import spam_model, spam_taught
from mailsuite.store.spam import forget_gone
from mailsuite.store.transaction import Transaction
from tests.imap.people import now
from tests.spam.conftest import MONEY, NOTES, Host
from tests.store.letters import rows

DAY = 86_400


def age(host: Host, seconds: int) -> None:
    """All mail came so long ago."""

    def older(tx: Transaction) -> None:
        tx.execute(update(placement).values(saved_at=placement.c.saved_at - seconds))

    now(host.store.writer.run(older))


def say(host: Host, *commands: bytes, select: str = "INBOX") -> None:
    host.looks += 1
    client = host.imap.signed_in(f"says {host.looks}", select=select)
    for command in commands:
        client.send(b"x " + command + b"\r\n")
    assert b"x NO" not in client.wire.take()


def test_mail_that_was_read_and_kept_is_good(host: Host) -> None:
    """Nobody moves good mail: learning from moves alone never learns it."""
    host.mail(NOTES, 1)
    host.mail(NOTES, 2)
    say(host, b"STORE 1 +FLAGS (\\Seen)")
    host.learn()
    assert host.taught() == (0, 0)
    age(host, DAY)
    now(host.learner.ripen())
    assert host.taught() == (1, 0)
    say(host, b"STORE 2 +FLAGS (\\Seen)")
    host.learn()
    assert host.taught() == (2, 0)


def test_an_answered_message_is_good_at_once(host: Host) -> None:
    host.mail(NOTES, 1)
    say(host, b"STORE 1 +FLAGS (\\Answered)")
    host.learn()
    assert host.taught() == (1, 0)


@pytest.mark.parametrize("mailbox", ["Trash", "Sent", "Drafts"])
def test_what_is_thrown_away_or_ones_own_teaches_nothing(host: Host, mailbox: str) -> None:
    host.mail(NOTES, 1)
    say(host, b"STORE 1 +FLAGS (\\Seen)", b"MOVE 1 " + mailbox.encode())
    age(host, DAY)
    host.learn()
    now(host.learner.ripen())
    assert host.taught() == (0, 0)


def test_a_rule_of_the_mail_program_that_sorts_unread_mail_says_nothing(host: Host) -> None:
    host.mail(NOTES, 1)
    say(host, b"MOVE 1 Archive")
    host.learn()
    assert host.taught() == (0, 0)


def test_each_message_is_taught_once(host: Host) -> None:
    """Looked at again, copied, or with the learner killed before it noted how far it was."""
    host.mail(NOTES, 1)
    say(host, b"COPY 1 Junk", b"STORE 1 +FLAGS (\\Deleted)", b"EXPUNGE")
    for _ in range(2):
        host.learn()
        forget_place(host)
    assert host.taught() == (0, 1)
    say(host, b"STORE 1 +FLAGS (\\Seen)", select="Junk")
    host.learn()
    assert host.taught() == (0, 1)


def forget_place(host: Host) -> None:
    now(host.store.writer.run(lambda tx: tx.connection.plain("DELETE FROM spam_seen")))


def test_there_and_back_leaves_the_counts_as_if_it_had_been_good_from_the_first(
    host: Host,
) -> None:
    host.mail(NOTES, 1)
    say(host, b"MOVE 1 Junk")
    host.learn()
    say(host, b"MOVE 1 INBOX", select="Junk")
    host.learn()
    _, counts = now(host.store.readers.run(loaded, host.account()))
    straight = Counts()
    evidence = look(NOTES.replace("{n}", "1").replace("\n", "\r\n").encode())
    straight.teach(Kind.GOOD, evidence.numbers)
    assert counts is not None
    assert counts.packed() == straight.packed()


def test_training_by_command_teaches_as_well_as_moving(host: Host) -> None:
    for n in range(3):
        host.mail(NOTES, n)
    admin = host.admin
    told = now(admin.train(host.account(), Kind.SPAM, "INBOX"))
    assert (told.good, told.spam, told.taken_back) == (0, 3, 0)
    told = now(admin.train(host.account(), Kind.GOOD, "INBOX"))
    assert (told.good, told.spam, told.taken_back) == (3, 0, 3)
    assert host.taught() == (3, 0)
    now(admin.reset(host.account()))
    assert host.taught() == (0, 0)


def test_what_was_taught_is_explained_word_by_word(host: Host) -> None:
    host.mail(MONEY, 1)
    found = now(host.admin.explain(host.account(), "Junk", 1))
    assert any(line.startswith("X-Spam-Score: ") for line in found.fields)
    assert {"click here", "free"} <= {word.word for word in found.words}
    assert found.seed > found.threshold


def test_accounts_can_be_merged(host: Host) -> None:
    host.mail(NOTES, 1)
    now(host.admin.train(host.account(), Kind.GOOD, "INBOX"))
    merged = now(host.admin.merge(host.account(), host.account("bob")))
    assert (merged.good, merged.spam) == host.taught("bob") == (1, 0)


@pytest.mark.threat("S17")
def test_strangers_put_nothing_into_what_is_known_of_senders(host: Host) -> None:
    """Only what its owner keeps or moves is remembered: no flood of mail makes a row."""
    for n in range(20):
        host.mail(MONEY, n)
        host.mail(NOTES, n)
    host.learn()
    assert rows(host.store, spam_taught) == rows(host.store, spam_model) == []
    now(host.admin.train(host.account(), Kind.GOOD, "INBOX"))
    (row,) = rows(host.store, spam_model)
    assert len(row.counts) <= 4 * 1024 * 1024


def test_nothing_stays_of_messages_long_gone_and_of_removed_accounts(host: Host) -> None:
    host.mail(NOTES, 1)
    now(host.admin.train(host.account(), Kind.GOOD, "INBOX"))
    assert now(host.store.writer.run(forget_gone, 0)) == 0
    number = host.account()
    now(host.store.writer.run(lambda tx: tx.execute(update(account).values(state="removed"))))
    while now(host.store.writer.run(drop_some_mail, number)):
        pass
    assert rows(host.store, spam_model) == rows(host.store, spam_taught) == []


def test_it_runs_by_itself_until_it_is_stopped(host: Host) -> None:
    host.mail(NOTES, 1)
    say(host, b"MOVE 1 Junk")
    host.learner.start()
    host.clock.advance(5)
    assert host.taught() == (0, 1)
    host.learner.stop()
    assert not host.clock.getDelayedCalls()


def test_a_known_sender_is_remembered_and_forgotten(host: Host) -> None:
    """Whom one keeps mail from is no stranger; moved to Junk, he is one again."""
    host.mail(NOTES, 1)
    say(host, b"STORE 1 +FLAGS (\\Seen \\Answered)")
    host.learn()
    assert "You have kept mail from bob1@friends.example" in host.reasons(NOTES, 1)
    say(host, b"MOVE 1 Junk")
    host.learn()
    assert "It is the first message from bob1@friends.example" in host.reasons(NOTES, 1)

"""LIST (RFC 3501 §6.3.8)."""

import pytest

from mailsuite.imap.commands import list as list_command
from mailsuite.wire.pools import Inline


def test_an_empty_pattern_asks_for_the_delimiter(ann):
    """iOS says "server stopped responding" otherwise."""
    ann.dialogue(r"""
        C: A101 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: A101 OK LIST completed
    """)


def test_special_uses_and_children_stand_in_plain_list(ann):
    """Many programs never ask for them."""
    ann.dialogue(r"""
        C: a LIST "" %
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: a OK ...
    """)


@pytest.mark.parametrize("pattern", ["inbox", "INBOX", "InBo%", '"iNBOX"', "{5+}\r\ninbox"])
def test_inbox_in_any_case_is_spelled_inbox(ann, pattern):
    said = ann.say(b'a LIST "" ' + pattern.encode() + b"\r\n")
    assert said.startswith(b'* LIST (\\HasNoChildren) "/" INBOX\r\na OK')


def test_a_reference_stands_before_the_pattern(ann):
    ann.dialogue(r"""
        C: a CREATE "x y/z"
        S: a OK ...
        C: b LIST "x y/" %
        S: * LIST (\HasNoChildren) "/" "x y/z"
        S: b OK ...
        C: c LIST "" nothing*
        S: c OK ...
    """)


def test_a_name_outside_of_ascii(ann):
    ann.dialogue(r"""
        C: a CREATE Entw&APw-rfe
        S: a OK ...
        C: b LIST "" "Entw&APw-%"
        S: * LIST (\HasNoChildren) "/" Entw&APw-rfe
        S: b OK ...
    """)


def test_what_is_no_list(ann):
    for line in (b"", b' ""', b' "" (', b' "" ()', b' "" ("a" )', b' "" * RETURN', b' "" * FROB ()',
                 b' (FROB) "" *', b' "" * RETURN (FROB)', b' "" * RETURN (STATUS)', b' "" a"b'):  # fmt: skip
        assert ann.say(b"a LIST" + line + b"\r\n").startswith(b"a BAD"), line
    many = b" ".join([b"x"] * 101)
    assert ann.say(b'a LIST "" (' + many + b")\r\n").startswith(b"a BAD Too many patterns")


def test_many_mailboxes_are_told_without_holding_everybody_up(ann, monkeypatch):
    """Beyond so many names the answer is made in a thread; it is the same answer."""
    here = ann.say(b'a LIST "" *\r\nb LSUB "" *\r\n')
    threads: list[str] = []
    run = Inline.run

    def counted(self, function, *args, **kwargs):
        if function.__name__ != "_read":  # the store's own
            threads.append(function.__name__)
        return run(self, function, *args, **kwargs)

    monkeypatch.setattr(Inline, "run", counted)
    assert ann.say(b'a LIST "" *\r\nb LSUB "" *\r\n') == here
    assert not threads
    monkeypatch.setattr(list_command, "AT_ONCE", 3)
    assert ann.say(b'a LIST "" *\r\nb LSUB "" *\r\n') == here
    assert threads == ["_matched", "int", "_matched", "int"]

"""I18NLEVEL=1: one collation for SEARCH, SORT and THREAD (RFC 5255 §4.2, RFC 5051)."""

import pytest

from tests.imap.people import Imap

SUBJECTS = ["=?utf-8?q?=C3=89mile?=", "=?utf-8?q?e=CC=81MILE?=", "=?utf-8?q?=EF=BC=A5=CC=81mile?="]


@pytest.fixture
def mail(imap: Imap) -> Imap:
    """One subject, written composed, decomposed and in wide letters; then another."""
    for subject in (*SUBJECTS, "Emil"):
        imap.put("INBOX", f"Subject: {subject}\r\nFrom: {subject} <x@y>\r\n\r\nhi\r\n".encode())
    imap.signed_in(select="INBOX")
    return imap


def test_the_same_letters_are_the_same_everywhere(mail: Imap) -> None:
    """Searched, sorted and threaded by what was decoded (RFC 5255 §4.6)."""
    mail.dialogue(r"""
        C: a CAPABILITY
        S: * CAPABILITY ... I18NLEVEL=1 ...
        S: a OK ...
        C: b SEARCH CHARSET UTF-8 SUBJECT {5+}
        C: émil
        S: * SEARCH 1 2 3
        S: b OK ...
        C: c SORT (SUBJECT) UTF-8 ALL
        S: * SORT 4 1 2 3
        S: c OK ...
        C: d SORT (REVERSE SUBJECT) UTF-8 ALL
        S: * SORT 1 2 3 4
        S: d OK ...
        C: e THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (1 (2)(3))(4)
        S: e OK ...
        C: f SEARCH CHARSET UTF-8 FROM {5+}
        C: Émil
        S: * SEARCH 1 2 3
        S: f OK ...
    """)

"""What people read in answers, in their language (RFC 5255 §3, RFC 6856 §3): one table of texts.

The English text is what commands and `mailsuite.wire.replies` say, and the key of its
translations; a number in it is a `#` there. What has no translation is said in English.
"""

import re
from collections.abc import Mapping, Sequence

from attrs import field, frozen

COMPLETED = " completed"  # behind the name of a command
_NUMBER = re.compile(r"[0-9]++")


@frozen
class Language:
    """One language that a session can speak."""

    tag: str  # RFC 5646
    name: str  # in the language itself
    texts: Mapping[str, str] = field(factory=dict)

    def words(self, text: str) -> bytes:
        """Return a text as it is sent: UTF-8, and of i-default ASCII."""
        if not self.texts:
            return text.encode("ascii", "replace")
        said = self._said(text)
        if said is text and text.endswith(COMPLETED):
            said = text.removesuffix(COMPLETED) + self.texts.get(COMPLETED, COMPLETED)
        return said.encode("utf-8", "replace")

    def _said(self, text: str) -> str:
        if (whole := self.texts.get(text)) is not None:
            return whole
        numbers = _NUMBER.findall(text)
        shape = self.texts.get(_NUMBER.sub("#", text))
        if not numbers or shape is None:
            return text
        pieces = shape.split("#")
        return "".join(a + b for a, b in zip(pieces, [*numbers, ""], strict=True))


I_DEFAULT = Language("i-default", "English, in ASCII")
GERMAN = Language(
    "de",
    "Deutsch",
    {
        COMPLETED: " ausgeführt",
        # wire/replies.py
        "Try again later": "Bitte später noch einmal versuchen",
        "No room now, try later": "Zurzeit kein Platz, bitte später noch einmal versuchen",
        "Too busy, try again later": "Überlastet, bitte später noch einmal versuchen",
        "No such mailbox": "Dieses Postfach gibt es nicht",
        "No such user here": "Diesen Benutzer gibt es hier nicht",
        "Mailbox exists": "Dieses Postfach gibt es schon",
        "Mailbox name not allowed": "Dieser Postfachname ist nicht erlaubt",
        "Mailbox has children": "Das Postfach enthält weitere Postfächer",
        "Mailbox is in use": "Das Postfach wird gerade benutzt",
        "Mailbox is full": "Das Postfach ist voll",
        "Too many": "Zu viele",
        "Message is too big": "Die Nachricht ist zu groß",
        "Message is malformed (bare CR or LF, or NUL)": (
            "Die Nachricht ist fehlerhaft (CR oder LF allein, oder NUL)"
        ),
        "Unknown Content-Transfer-Encoding": "Unbekanntes Content-Transfer-Encoding",
        "Mail loop": "Die Nachricht läuft im Kreis",
        "Relaying denied": "Weiterleitung verweigert",
        "That address is not yours to send from": "Diese Absenderadresse gehört Ihnen nicht",
        "Wrong user or password": "Benutzer oder Passwort falsch",
        "Use TLS first": "Bitte zuerst TLS einschalten",
        "Too many failures, try again later": (
            "Zu viele Fehlversuche, bitte später noch einmal versuchen"
        ),
        "Not permitted": "Nicht erlaubt",
        "No such thing": "Das gibt es nicht",
        "It is not empty": "Es ist nicht leer",
        "It exists already": "Das gibt es schon",
        "That message needs a program that knows UTF-8": (
            "Diese Nachricht braucht ein Programm, das UTF-8 versteht"
        ),
        "Signing in is not possible now, try again later": (
            "Die Anmeldung ist zurzeit nicht möglich, bitte später noch einmal versuchen"
        ),
        "Too soon after the last sign-in": "Zu bald nach der letzten Anmeldung",
        "That message is damaged": "Diese Nachricht ist beschädigt",
        "A filter here refuses it": "Ein Filter hier lehnt sie ab",
        "DNS does not answer about the domain in From": (
            "Das DNS gibt über die Domain in From keine Auskunft"
        ),
        "From must name authors of one domain, in one field": (
            "From muss Absender einer einzigen Domain nennen, in einem einzigen Feld"
        ),
        "No SPF or DKIM vouches for the domain in From; its owner wants this refused": (
            "Weder SPF noch DKIM bürgt für die Domain in From, und ihr Inhaber will das abgelehnt"
        ),
        "No account here: ask your administrator": "Hier gibt es kein Konto: fragen Sie nach",
        "That message has gone to too many today": "Diese Nachricht ging heute schon an zu viele",
        "That password is no longer valid": "Dieses Passwort gilt nicht mehr",
        "You may not act for that user": "Für diesen Benutzer dürfen Sie nicht handeln",
        # Where others' mailboxes stand (mailbox/names.py).
        "Other Users": "Andere Benutzer",
        "Shared": "Gemeinsame Postfächer",
        # What IMAP says by itself.
        "Signed in": "Angemeldet",
        "Goodbye": "Auf Wiedersehen",
        "Still here": "Immer noch da",
        "Server is going down": "Der Server wird beendet",
        "Idle for too long": "Zu lange nichts geschehen",
        "Signing in took too long": "Die Anmeldung hat zu lange gedauert",
        "Too many errors": "Zu viele Fehler",
        "Your account has changed": "Ihr Konto hat sich geändert",
        "The mailbox was deleted": "Das Postfach wurde gelöscht",
        "Too many connections of this account": "Zu viele Verbindungen dieses Kontos",
        "No such message": "Diese Nachricht gibt es nicht",
        "Literal too big": "Zu lang",
        "Unsupported language": "Diese Sprache wird nicht unterstützt",
        "Still working": "Noch bei der Arbeit",
        # What POP3 says by itself.
        "# messages (# octets)": "# Nachrichten (# Oktette)",
        "# octets": "# Oktette",
        "Begin TLS": "TLS beginnt",
        "Cancelled": "Abgebrochen",
        "Command not known": "Diesen Befehl gibt es nicht",
        "From now on in English": "Von jetzt an auf Deutsch",
        "In UTF-8": "In UTF-8",
        "Languages": "Sprachen",
        "Not in this state": "Das geht in diesem Zustand nicht",
        "Not after UTF8": "Nach UTF8 geht das nicht",
        "That is no number": "Das ist keine Zahl",
        "That mechanism is not there": "Dieses Verfahren gibt es nicht",
        "That number is too large": "Diese Zahl ist zu groß",
        "This command has an argument": "Dieser Befehl hat ein Argument",
        "This command has no argument": "Dieser Befehl hat kein Argument",
        "TLS is not there": "TLS gibt es nicht",
        "TLS is on already": "TLS ist schon eingeschaltet",
        "USER comes first": "Zuerst kommt USER",
        "What is there": "Was es gibt",
    },
)
ENGLISH = Language("en", "English", {COMPLETED: COMPLETED})
LANGUAGES: Mapping[str, Language] = {
    language.tag: language for language in (I_DEFAULT, ENGLISH, GERMAN)
}


LONGEST_RANGE = 100  # characters that are looked at, subtag by subtag; a tag has 35 (RFC 5646 §4.4)


def chosen(ranges: Sequence[str]) -> Language | None:
    """Return the language of the first range that means one (RFC 4647 §3.4, lookup).

    "default" is what the operator prefers, which is i-default (RFC 5255 §3.2).
    """
    for each in ranges:
        tag = each.lower()[:LONGEST_RANGE]
        if tag in ("default", "*"):
            return I_DEFAULT
        while tag:
            if tag in LANGUAGES:
                return LANGUAGES[tag]
            tag = tag.rpartition("-")[0]
    return None

"""What people read in answers, in their language (RFC 5255 §3): one table of texts.

The English text is what commands and `mailsuite.wire.replies` say, and the key of its
translations. What has none is said in English.
"""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

COMPLETED = " completed"  # behind the name of a command


@frozen
class Language:
    """One language that a session can speak."""

    tag: str  # RFC 5646
    texts: Mapping[str, str] = field(factory=dict)

    def words(self, text: str) -> bytes:
        """Return a text as it is sent: UTF-8, and of i-default ASCII."""
        if not self.texts:
            return text.encode("ascii", "replace")
        said = self.texts.get(text, text)
        if said is text and text.endswith(COMPLETED):
            said = text.removesuffix(COMPLETED) + self.texts.get(COMPLETED, COMPLETED)
        return said.encode("utf-8", "replace")


I_DEFAULT = Language("i-default")
GERMAN = Language(
    "de",
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
        "That message is damaged": "Diese Nachricht ist beschädigt",
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
    },
)
ENGLISH = Language("en", {COMPLETED: COMPLETED})
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

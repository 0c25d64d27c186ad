"""The one table of answers: what a peer hears of each error, in its own protocol."""

from attrs import frozen

from mailsuite import errors


@frozen
class Reply:
    """One error's answer in every protocol.

    Attributes:
        smtp: the code of RFC 5321 §4.2.3.
        enhanced: the code of RFC 3463.
        imap: the response code of RFC 9051 §7.1 (RFC 5530, RFC 7889), or nothing.
        pop3: the response code of RFC 2449 §6.4 and RFC 3206, or nothing.
        words: for people, who may see them in their mail program.
    """

    smtp: int
    enhanced: str
    imap: str
    pop3: str
    words: str

    @property
    def passing(self) -> bool:
        """True when the same may succeed later."""
        return self.smtp < 500


REPLIES: dict[type[errors.MailError], Reply] = {
    errors.Unavailable: Reply(451, "4.3.0", "UNAVAILABLE", "SYS/TEMP", "Try again later"),
    errors.SignInUnavailable: Reply(
        454, "4.7.0", "UNAVAILABLE", "SYS/TEMP", "Signing in is not possible now, try again later"
    ),
    errors.StoreFull: Reply(452, "4.3.1", "UNAVAILABLE", "SYS/TEMP", "No room now, try later"),
    errors.Busy: Reply(451, "4.3.2", "UNAVAILABLE", "SYS/TEMP", "Too busy, try again later"),
    errors.DamagedBody: Reply(451, "4.3.0", "CORRUPTION", "SYS/PERM", "That message is damaged"),
    errors.NoSuchMailbox: Reply(550, "5.1.1", "NONEXISTENT", "SYS/PERM", "No such mailbox"),
    errors.NoSuchTarget: Reply(550, "5.1.1", "TRYCREATE", "SYS/PERM", "No such mailbox"),
    errors.NoSuchUser: Reply(550, "5.1.1", "NONEXISTENT", "SYS/PERM", "No such user here"),
    errors.MailboxExists: Reply(550, "5.2.0", "ALREADYEXISTS", "SYS/PERM", "Mailbox exists"),
    errors.BadMailboxName: Reply(553, "5.1.3", "CANNOT", "SYS/PERM", "Mailbox name not allowed"),
    errors.HasChildren: Reply(550, "5.2.0", "HASCHILDREN", "SYS/PERM", "Mailbox has children"),
    errors.MailboxInUse: Reply(450, "4.2.0", "INUSE", "IN-USE", "Mailbox is in use"),
    errors.OverQuota: Reply(552, "5.2.2", "OVERQUOTA", "SYS/PERM", "Mailbox is full"),
    errors.TooMany: Reply(452, "4.5.3", "LIMIT", "SYS/PERM", "Too many"),
    errors.MessageTooBig: Reply(552, "5.3.4", "TOOBIG", "SYS/PERM", "Message is too big"),
    errors.BadMessage: Reply(
        554, "5.6.0", "CANNOT", "SYS/PERM", "Message is malformed (bare CR or LF, or NUL)"
    ),
    errors.NeedsUtf8: Reply(
        554, "5.6.7", "CANNOT", "UTF8", "That message needs a program that knows UTF-8"
    ),
    errors.SignInTooSoon: Reply(
        454, "4.7.0", "UNAVAILABLE", "LOGIN-DELAY", "Too soon after the last sign-in"
    ),
    errors.UnknownEncoding: Reply(
        554, "5.6.1", "UNKNOWN-CTE", "SYS/PERM", "Unknown Content-Transfer-Encoding"
    ),
    errors.NoAuthor: Reply(
        550, "5.7.1", "CANNOT", "SYS/PERM", "From must name authors of one domain, in one field"
    ),
    # RFC 7372 §3.3: more than one check failed, and the author's domain asks for this.
    errors.NotAuthentic: Reply(
        550,
        "5.7.26",
        "CANNOT",
        "SYS/PERM",
        "No SPF or DKIM vouches for the domain in From; its owner wants this refused",
    ),
    errors.NotYetAuthentic: Reply(
        451, "4.7.0", "UNAVAILABLE", "SYS/TEMP", "DNS does not answer about the domain in From"
    ),
    errors.Unwanted: Reply(550, "5.7.1", "NOPERM", "SYS/PERM", "A filter here refuses it"),
    errors.MailLoop: Reply(554, "5.4.6", "CANNOT", "SYS/PERM", "Mail loop"),
    errors.RelayDenied: Reply(550, "5.7.1", "NOPERM", "SYS/PERM", "Relaying denied"),
    errors.NotYourAddress: Reply(
        553, "5.7.1", "NOPERM", "SYS/PERM", "That address is not yours to send from"
    ),
    errors.AuthenticationFailed: Reply(
        535, "5.7.8", "AUTHENTICATIONFAILED", "AUTH", "Wrong user or password"
    ),
    errors.CredentialExpired: Reply(
        535, "5.7.8", "EXPIRED", "AUTH", "That password is no longer valid"
    ),
    errors.AuthorizationFailed: Reply(
        535, "5.7.8", "AUTHORIZATIONFAILED", "AUTH", "You may not act for that user"
    ),
    errors.NoAccount: Reply(
        535, "5.7.8", "CONTACTADMIN", "AUTH", "No account here: ask your administrator"
    ),
    errors.PrivacyRequired: Reply(530, "5.7.0", "PRIVACYREQUIRED", "SYS/PERM", "Use TLS first"),
    errors.SignInThrottled: Reply(
        454, "4.7.0", "UNAVAILABLE", "SYS/TEMP", "Too many failures, try again later"
    ),
    errors.SentTooOften: Reply(
        450, "4.7.1", "LIMIT", "SYS/TEMP", "That message has gone to too many today"
    ),
    errors.NotPermitted: Reply(550, "5.7.1", "NOPERM", "SYS/PERM", "Not permitted"),
    errors.NoSuchThing: Reply(550, "5.1.1", "NONEXISTENT", "SYS/PERM", "No such thing"),
    errors.NotEmpty: Reply(550, "5.2.0", "CANNOT", "SYS/PERM", "It is not empty"),
    errors.AlreadyThere: Reply(550, "5.2.0", "ALREADYEXISTS", "SYS/PERM", "It exists already"),
}


def reply_to(error: Exception) -> Reply:
    """Return the answer: of the error's class, or of its nearest base that has one.

    Anything that is no `MailError` is our own bug, and answered as `Unavailable`.
    """
    for kind in type(error).__mro__:
        if kind in REPLIES:
            return REPLIES[kind]
    return REPLIES[errors.Unavailable]

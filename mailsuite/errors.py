"""What a peer may hear of, named for what happened and without a word of any protocol.

Services and the store raise these; a session answers each from the table in
`mailsuite.wire.replies`. A subclass without a row there is answered as its nearest base.
"""


class MailError(Exception):
    """Anything that is answered with a reply rather than logged as our own bug."""


class Unavailable(MailError):
    """Trouble of ours that will pass: the peer may try again later."""


class StoreFull(Unavailable):
    """The disk is full, or about to be; nothing was changed."""


class Busy(Unavailable):
    """A bounded queue or pool has no room now."""


class DamagedBody(Unavailable):
    """A stored body is missing or fails its checksum; every other message is well."""


class NoSuchMailbox(MailError):
    """The mailbox does not exist, or may not be seen."""


class NoSuchTarget(NoSuchMailbox):
    """The target of COPY, MOVE or APPEND does not exist, but could be created."""


class NoSuchUser(MailError):
    """No mailbox, alias or group answers to this address."""


class MailboxExists(MailError):
    """A mailbox of that name is already there."""


class BadMailboxName(MailError):
    """The name breaks a limit or a rule of the hierarchy."""


class HasChildren(MailError):
    """The mailbox cannot go while others stand below it."""


class MailboxInUse(MailError):
    """Another session holds the maildrop (RFC 1939 §3)."""


class OverQuota(MailError):
    """The account has no room for this."""


class TooMany(MailError):
    """A count limit was met: mailboxes, keywords, subscriptions, recipients."""


class MessageTooBig(MailError):
    """The message is larger than the limit."""


class BadMessage(MailError):
    """The octets are no message that we take: bare CR or LF, NUL where none may be, too many headers."""  # noqa: E501


class NeedsUtf8(MailError):
    """The message can be told only to a program that takes UTF-8 in header fields (RFC 6856 §5)."""


class SignInTooSoon(MailError):
    """The account was signed in to a moment ago, and has to wait (RFC 2449 §8.1.1)."""


class UnknownEncoding(BadMessage):
    """A part's transfer encoding is none that we know (RFC 3516 §4.3)."""


class NotAuthentic(MailError):
    """Nothing vouches for its author's domain, whose owner asks to refuse such mail (DMARC)."""


class NoAuthor(BadMessage):
    """From does not name authors of exactly one domain, in one field (RFC 5322 §3.6)."""


class NotYetAuthentic(Unavailable):
    """DNS does not answer about the author's domain: whether it is authentic is not known yet."""


class Unwanted(MailError):
    """A judge of this host refuses the message."""


class MailLoop(MailError):
    """The message has been here, or through too many hosts (RFC 5321 §6.3)."""


class RelayDenied(MailError):
    """Mail for elsewhere from someone who has not signed in."""


class NotYourAddress(MailError):
    """The signed-in account may not send as this address."""


class AuthenticationFailed(MailError):
    """Wrong user or password: the two are never told apart."""


class AccountDisabled(AuthenticationFailed):
    """The account exists and is shut; told to the log, never to the peer."""


class CredentialExpired(AuthenticationFailed):
    """What was given was right until its time was over: told to whoever knew it."""


class AuthorizationFailed(AuthenticationFailed):
    """Whoever proved who they are may not act as whom they named (RFC 5530 §3)."""


class NoAccount(AuthenticationFailed):
    """Somebody else vouches for who it is, and there is no open account of theirs here."""


class PrivacyRequired(MailError):
    """This needs TLS first."""


class SignInUnavailable(Unavailable):
    """Whoever would know the password does not answer now."""


class SignInThrottled(MailError):
    """Too many failures from there or for that account; later is better."""


class SentTooOften(MailError):
    """The same signed message has left for too many recipients today (threat D10)."""


class NotPermitted(MailError):
    """The account may not do that."""


class NoSuchThing(MailError):
    """An object named on the command line or by an id is not there."""


class AlreadyThere(MailError):
    """An object of that name exists already."""


class NotEmpty(MailError):
    """An object cannot go while others stand in it."""

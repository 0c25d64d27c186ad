import inspect

import pytest

from mailsuite import errors
from mailsuite.wire.replies import REPLIES, Reply, reply_to

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.MailError) and kind is not errors.MailError
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_an_answer_of_its_own_or_of_its_base(kind: type[errors.MailError]) -> None:
    assert any(base in REPLIES for base in kind.__mro__)


@pytest.mark.parametrize("reply", REPLIES.values())
def test_codes_agree(reply: Reply) -> None:
    """A code that says "later" in one protocol says so in all."""
    assert str(reply.smtp)[0] == reply.enhanced[0]
    assert reply.passing == (reply.smtp < 500)
    assert reply.words.isprintable()
    assert len(reply.words) < 80


def test_a_subclass_is_answered_as_its_base_and_a_bug_as_trouble_that_passes() -> None:
    class Odd(errors.OverQuota):
        pass

    assert reply_to(Odd()).enhanced == "5.2.2"
    assert reply_to(errors.AccountDisabled()) is reply_to(errors.AuthenticationFailed())
    assert reply_to(KeyError()).smtp == 451


@pytest.mark.parametrize(
    ("error", "imap"),
    [
        (errors.AuthenticationFailed, "AUTHENTICATIONFAILED"),
        (errors.AccountDisabled, "AUTHENTICATIONFAILED"),  # nobody learns that it is there
        (errors.AuthorizationFailed, "AUTHORIZATIONFAILED"),
        (errors.CredentialExpired, "EXPIRED"),
        (errors.NoAccount, "CONTACTADMIN"),
        (errors.PrivacyRequired, "PRIVACYREQUIRED"),
        (errors.SignInThrottled, "UNAVAILABLE"),
        (errors.Unavailable, "UNAVAILABLE"),
    ],
)
def test_what_a_sign_in_is_told(error: type[errors.MailError], imap: str) -> None:
    """RFC 5530 §3: clients ask for a new password after some of them, and not after others."""
    answer = reply_to(error())
    assert answer.imap == imap
    wrong = issubclass(error, errors.AuthenticationFailed)
    assert wrong is ((answer.smtp, answer.pop3) == (535, "AUTH"))

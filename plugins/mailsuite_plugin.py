"""What twistd lists as `mailsuite`: the same service as `mailsuite serve`."""

from twisted.application.service import ServiceMaker

mailsuite = ServiceMaker(
    "mailsuite",
    "mailsuite.service",
    "A complete mail host: SMTP, submission, IMAP and POP3.",
    "mailsuite",
)

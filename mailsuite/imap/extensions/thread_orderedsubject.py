"""THREAD=ORDEREDSUBJECT (RFC 5256 §3): by subject alone."""

from mailsuite.imap.extensions.thread import thread_algorithm
from mailsuite.mailbox.threads import by_subject

thread_algorithm(b"ORDEREDSUBJECT", by_subject)

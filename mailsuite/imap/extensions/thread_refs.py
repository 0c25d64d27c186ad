"""THREAD=REFS (draft-ietf-morg-inthread-01): by references alone, the newest thread last."""

from mailsuite.imap.extensions.thread import thread_algorithm
from mailsuite.mailbox.threads import by_refs

thread_algorithm(b"REFS", by_refs)

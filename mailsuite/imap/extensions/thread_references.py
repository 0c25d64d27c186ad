"""THREAD=REFERENCES (RFC 5256 §3): by references, then by subject."""

from mailsuite.imap.extensions.thread import thread_algorithm
from mailsuite.mailbox.threads import by_references

thread_algorithm(b"REFERENCES", by_references)

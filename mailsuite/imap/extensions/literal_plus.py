"""LITERAL+ (RFC 7888): literals without waiting; the engine knows how they are framed."""

from mailsuite.imap.registry import advertise

advertise(b"LITERAL+")

"""DMARC aggregate reports (RFC 9990): read, counted for, written and sent."""

"""DMARC (RFC 9989): the author's domain, the record that holds for it, and what follows."""

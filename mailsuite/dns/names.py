"""Domain names as they go into a question: A-labels, lower case, lengths checked first."""

import idna

from mailsuite.dns.answers import NoSuchName

# RFC 1035 §2.3.4, as text without the final dot.
NAME_OCTETS = 253
LABEL_OCTETS = 63


def a_labels(name: str) -> str:
    """The name in A-labels, lower case, without a final dot.

    Underscores are let through: they are part of names that are asked for (`_dmarc`).

    Raises:
        NoSuchName: no name of that form can exist; nothing is asked.
    """
    name = name.removesuffix(".")
    # Before any IDNA call: those cost more than linear time (CVE-2022-45061, CVE-2024-3651).
    if not name or len(name) > NAME_OCTETS:
        raise NoSuchName(f"{len(name)} octets are no domain name")
    labels = [_a_label(label) for label in name.split(".")]
    joined = ".".join(labels)
    if len(joined) > NAME_OCTETS:
        raise NoSuchName("too long in A-labels")
    return joined


def _a_label(label: str) -> str:
    if not label or len(label) > LABEL_OCTETS:
        raise NoSuchName("a label is empty or longer than 63 octets")
    if label.isascii():
        # A space is legal in DNS, and SPF's macros can make one (RFC 7208 §7.1).
        if not all(" " <= character <= "~" for character in label):
            raise NoSuchName("a label has control characters")
        return label.lower()
    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise NoSuchName(str(error)) from None

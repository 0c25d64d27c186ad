"""Every limit of the suite, by the name that `[limits]` in the configuration gives it.

Numbers come from the threat table; each is checked before memory or time is spent.
Sizes in octets, times in seconds.
"""

from attrs import frozen

KIB = 1024
MIB = 1024 * 1024


@frozen
class Limits:
    """The limits in force; the defaults are for a host on the open internet."""

    # Connections.
    connections: int = 10_000
    connections_per_address: int = 250
    connections_per_network: int = 500  # /24 or /64
    connections_per_account: int = 100
    output_octets: int = 512 * KIB  # that may wait for a slow reader
    stalled_seconds: int = 300  # a reader who takes nothing for so long is dropped
    handshake_seconds: int = 30
    login_seconds: int = 60  # from the greeting to a signed-in session (IMAP, POP3)
    # Messages.
    message_octets: int = 50 * MIB
    header_octets: int = 1 * MIB
    header_field_octets: int = 256 * KIB
    header_lines: int = 10_000
    hops: int = 50  # Received fields
    mime_depth: int = 100
    mime_parts: int = 10_000
    # SMTP.
    smtp_line_octets: int = 4 * KIB
    smtp_auth_line_octets: int = 16 * KIB
    smtp_text_line_octets: int = 64 * KIB
    smtp_recipients: int = 1_000
    smtp_errors: int = 10  # then 421
    smtp_unknown_recipients: int = 10  # then 421
    smtp_command_seconds: int = 300
    smtp_data_seconds: int = 180  # between two pieces of DATA
    smtp_reply_seconds: int = 10  # from the end of data to its reply; else 451
    submissions_per_minute: int = 60
    submissions_burst: int = 100
    submissions_per_hour: int = 3_600
    future_release_seconds: int = 366 * 86_400  # that a message may be held; 0: none is
    future_release_messages: int = 1_000  # of an account that may wait for their time
    signed_copies_per_day: int = 5_000  # recipients elsewhere of one signed body; 0: any number
    # IMAP.
    imap_line_octets: int = 64 * KIB
    imap_literals_octets: int = 1 * MIB  # all of one command, but APPEND's
    imap_literals: int = 1_000
    imap_nesting: int = 50
    imap_nesting_before_login: int = 4
    imap_literal_before_login: int = 16 * KIB
    imap_idle_seconds: int = 1_800
    imap_still_here_seconds: int = 240  # an untagged OK in IDLE; 0: none
    imap_errors: int = 50  # BAD in a row, then BYE
    imap_search_seconds: int = 60
    imap_message_limit: int = 0  # messages that one command may be about (RFC 9738); 0: any
    imap_save_limit: int = 0  # messages that one COPY or APPEND may save (RFC 9738); 0: any
    mailbox_name_octets: int = 1_000
    mailbox_depth: int = 50
    mailboxes: int = 10_000  # an account
    keywords: int = 58  # a mailbox
    subscriptions: int = 10_000
    # POP3.
    pop3_line_octets: int = 512
    pop3_idle_seconds: int = 600
    pop3_errors: int = 20
    pop3_login_delay_seconds: int = 0  # between two sign-ins of an account (RFC 2449 §6.5); 0: none
    # Sign-in.
    password_octets: int = 1_024
    sign_in_failures_per_address: int = 20  # an hour, before a source costs no more hashes
    sign_in_failures_per_network: int = 100
    sign_in_failures_per_account: int = 100
    hash_waiting: int = 200
    # Queue.
    relay_connections: int = 100
    relay_connections_per_destination: int = 10
    relay_messages_per_connection: int = 100
    relay_reply_lines: int = 100
    relay_reply_octets: int = 64 * KIB
    relay_hosts: int = 10  # MX tried for one delivery
    relay_delivery_seconds: int = 1_800
    # Store.
    free_octets: int = 128 * MIB  # below it new mail is deferred with 452
    undelete_days: int = 14
    view_cache_octets: int = 64 * MIB

    @property
    def imap_saved_at_once(self) -> int:
        """How many messages a COPY or APPEND may save: the lower of both limits; 0: any."""
        return min(filter(None, (self.imap_message_limit, self.imap_save_limit)), default=0)

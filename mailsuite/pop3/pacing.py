"""How soon an account may sign in by POP3 again (RFC 2449 §6.5, LOGIN-DELAY)."""

import time

from mailsuite.pop3.ports import Account, Services
from mailsuite.wire.buckets import Bucket


def may_sign_in(services: Services, account: Account) -> bool:
    """Whether its last sign-in, at whichever worker, is long enough ago; then this one counts."""
    delay = services.limits.pop3_login_delay_seconds
    if not delay:
        return True
    now = time.monotonic()
    # Below zero: what an account submits by SMTP is counted under its own id.
    with services.buckets.changing(-account.id, Bucket(0, 0, now - delay)) as last:
        # A clock's fraction is lost where processes share the count.
        if now - last.at < delay - 0.001:
            return False
        last.at = now
    return True

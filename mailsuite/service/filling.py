"""How full mailboxes are: who tells their owners."""

from typing import Any

from mailsuite.config import Config
from mailsuite.intake.service import Intake
from mailsuite.mailbox.quota_warnings import QuotaWarnings
from mailsuite.store.opening import Store


def watch_quotas(config: Config, reactor: Any, store: Store, intake: Intake) -> QuotaWarnings:
    """Let deliveries tell who warns people, and let warnings go out by the intake."""
    warnings = QuotaWarnings(store, intake, reactor, config.hostname, config.quota.warn_at)
    intake.quotas = warnings
    return warnings

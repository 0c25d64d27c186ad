"""Verbs about TLS: what others reported of our domains, and what we count of theirs."""

import json
from collections.abc import Mapping
from typing import Any

from attrs import asdict

from mailsuite.control.verbs import Parts, verb
from mailsuite.relay.tls.outcomes import kind_of
from mailsuite.store.day_counts import DAY
from mailsuite.store.tls_reports import TLS_REPORTS, KeptReport
from mailsuite.store.tls_sessions import SESSIONS

MOST = 1_000


@verb("tls-report list")
async def list_received(parts: Parts) -> list[KeptReport]:
    """The newest reports about our domains."""
    return await parts.store.readers.run(TLS_REPORTS.newest, MOST)


@verb("tls-report show")
async def show_received(parts: Parts, report: int) -> Mapping[str, Any]:
    """One report with its policies and failures."""
    found = await parts.store.readers.run(TLS_REPORTS.show, report)
    return {**asdict(found), "details": json.loads(found.details)}


@verb("tls-report pending")
async def list_pending(parts: Parts) -> list[Mapping[str, Any]]:
    """Sessions with other hosts that were counted and are not reported yet."""
    told: list[Mapping[str, Any]] = []
    for one in await parts.store.readers.run(SESSIONS.oldest, MOST):
        kind = kind_of(one.domain, one.facts)
        told.append(
            {
                "since": one.day * DAY,
                "domain": one.domain,
                "policy": kind.policy.kind,
                "result": kind.result,
                "reason": kind.reason,
                "host": kind.host,
                "sessions": one.count,
            }
        )
    return told

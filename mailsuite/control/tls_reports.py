"""Verbs about TLS: what others reported of our domains, and what we count of theirs."""

import json
from collections.abc import Mapping
from typing import Any

from attrs import asdict

from mailsuite.control.verbs import Parts, verb
from mailsuite.relay.tls.outcomes import DAY, kind_of
from mailsuite.store.tls_reports import KeptReport, list_reports, show_report
from mailsuite.store.tls_sessions import list_sessions

MOST = 1_000


@verb("tls-report list")
async def list_received(parts: Parts) -> list[KeptReport]:
    """The newest reports about our domains."""
    return await parts.store.readers.run(list_reports, MOST)


@verb("tls-report show")
async def show_received(parts: Parts, report: int) -> Mapping[str, Any]:
    """One report with its policies and failures."""
    found = await parts.store.readers.run(show_report, report)
    return {**asdict(found), "details": json.loads(found.details)}


@verb("tls-report pending")
async def list_pending(parts: Parts) -> list[Mapping[str, Any]]:
    """Sessions with other hosts that were counted and are not reported yet."""
    told: list[Mapping[str, Any]] = []
    for one in await parts.store.readers.run(list_sessions, MOST):
        kind = kind_of(one.domain, one.facts)
        told.append(
            {
                "since": one.day * DAY,
                "domain": one.domain,
                "policy": kind.policy.kind,
                "result": kind.result,
                "reason": kind.reason,
                "host": kind.host,
                "sessions": one.sessions,
            }
        )
    return told

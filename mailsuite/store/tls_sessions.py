"""How TLS to other hosts went, counted by day and recipients' domain (RFC 8460 §4.2).

Facts are JSON, as `mailsuite.relay.tls.outcomes` writes it.
"""

from mailsuite.store.day_counts import DayCounts
from mailsuite.store.schema_outbound_tls import tls_session

SESSIONS = DayCounts(tls_session, "sessions", most=200, others="{}")

"""Messages evaluated under a DMARC policy, counted by day and domain until they are reported.

Facts are JSON, as `mailsuite.trust.reports.counting` writes it.
"""

from mailsuite.store.day_counts import DayCounts
from mailsuite.store.schema_dmarc import dmarc_seen

DAYS_KEPT = 2  # a report that could not be sent is tried so long
# RFC 9990 §3.1.1: more sources of one domain a day than that are a flood, and left out.
SEEN = DayCounts(dmarc_seen, "messages", most=1_000)

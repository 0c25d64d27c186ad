"""Reports that others sent about TLS to our domains (RFC 8460)."""

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select

from mailsuite.errors import NoSuchThing
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema_outbound_tls import tls_report
from mailsuite.store.transaction import Transaction, any_of

MOST = 10_000  # kept; the oldest go first
PIECE = 200

COLUMNS = (
    tls_report.c.id,
    tls_report.c.received,
    tls_report.c.domain,
    tls_report.c.submitter,
    tls_report.c.organization,
    tls_report.c.contact,
    tls_report.c.report_id,
    tls_report.c.begins,
    tls_report.c.ends,
    tls_report.c.successes,
    tls_report.c.failures,
)
KNOWN = select(tls_report.c.id).where(
    tls_report.c.domain == bindparam("domain"),
    tls_report.c.submitter == bindparam("submitter"),
    tls_report.c.report_id == bindparam("report_id"),
)
INSERT = insert(tls_report)
LIST = select(*COLUMNS).order_by(tls_report.c.id.desc()).limit(bindparam("most"))
SHOW = select(*COLUMNS, tls_report.c.details).where(tls_report.c.id == bindparam("number"))
OLD = (
    select(tls_report.c.id)
    .where(tls_report.c.received <= bindparam("until"))
    .order_by(tls_report.c.received)
    .limit(PIECE)
)
EXCESS = select(tls_report.c.id).order_by(tls_report.c.id.desc()).offset(MOST).limit(PIECE)
FORGET = delete(tls_report).where(any_of(tls_report.c.id, "ids"))


@frozen
class KeptReport:
    """One report about one of our domains. Times in seconds UTC; counts are sessions."""

    id: int
    received: int
    domain: str
    submitter: str
    organization: str
    contact: str
    report_id: str
    begins: int
    ends: int
    successes: int
    failures: int
    details: str = ""  # JSON; "" in lists


def keep_report(tx: Transaction, report: KeptReport) -> bool:
    """Keep it; False: it is there already (RFC 8460 §5.3). Its id and time are given here."""
    known = {
        "domain": report.domain,
        "submitter": report.submitter,
        "report_id": report.report_id,
    }
    if tx.execute(KNOWN, known).tuples():
        return False
    row = {
        **known,
        "id": reserve_id(tx, "tls_report"),
        "received": tx.now,
        "organization": report.organization,
        "contact": report.contact,
        "begins": report.begins,
        "ends": report.ends,
        "successes": report.successes,
        "failures": report.failures,
        "details": report.details,
    }
    tx.execute(INSERT, row)
    return True


def list_reports(tx: Transaction, most: int) -> list[KeptReport]:
    """The newest first, without their details."""
    return [KeptReport(*row) for row in tx.execute(LIST, {"most": most}).tuples()]


def show_report(tx: Transaction, number: int) -> KeptReport:
    """One report with its details. Raises `NoSuchThing`."""
    rows = tx.execute(SHOW, {"number": number}).tuples()
    if not rows:
        raise NoSuchThing(f"there is no TLS report {number}")
    return KeptReport(*rows[0])


def forget_reports(tx: Transaction, kept_seconds: int) -> int:
    """Let go of reports that are old or too many; how many went."""
    rows = tx.execute(OLD, {"until": tx.now - kept_seconds}).tuples()
    rows = rows or tx.execute(EXCESS).tuples()
    if rows:
        tx.execute(FORGET, {"ids": tx.array([row[0] for row in rows])})
    return len(rows)

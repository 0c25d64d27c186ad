"""Reports that others sent about mail in the name of our domains (RFC 9990)."""

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select

from mailsuite.errors import NoSuchThing
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema_dmarc import dmarc_report
from mailsuite.store.transaction import Transaction, any_of

MOST = 10_000  # kept; the oldest go first
PIECE = 200

COLUMNS = tuple(column for column in dmarc_report.c if column.name != "details")
KNOWN = select(dmarc_report.c.id).where(
    dmarc_report.c.domain == bindparam("domain"),
    dmarc_report.c.organization == bindparam("organization"),
    dmarc_report.c.report_id == bindparam("report_id"),
)
INSERT = insert(dmarc_report)
LIST = select(*COLUMNS).order_by(dmarc_report.c.id.desc()).limit(bindparam("most"))
SHOW = select(*COLUMNS, dmarc_report.c.details).where(dmarc_report.c.id == bindparam("number"))
OLD = (
    select(dmarc_report.c.id)
    .where(dmarc_report.c.received <= bindparam("until"))
    .order_by(dmarc_report.c.received)
    .limit(PIECE)
)
EXCESS = select(dmarc_report.c.id).order_by(dmarc_report.c.id.desc()).offset(MOST).limit(PIECE)
FORGET = delete(dmarc_report).where(any_of(dmarc_report.c.id, "ids"))


@frozen
class DmarcReport:
    """One report about one of our domains. Times in seconds UTC; counts are messages."""

    id: int
    received: int
    domain: str
    organization: str
    contact: str
    report_id: str
    sender: str
    begins: int
    ends: int
    messages: int
    passed: int
    details: str = ""  # JSON; "" in lists


def keep_dmarc_report(tx: Transaction, report: DmarcReport) -> bool:
    """Keep it; False: it is there already. Its id and time are given here."""
    known = {
        "domain": report.domain,
        "organization": report.organization,
        "report_id": report.report_id,
    }
    if tx.execute(KNOWN, known).tuples():
        return False
    row = {
        **known,
        "id": reserve_id(tx, "dmarc_report"),
        "received": tx.now,
        "contact": report.contact,
        "sender": report.sender,
        "begins": report.begins,
        "ends": report.ends,
        "messages": report.messages,
        "passed": report.passed,
        "details": report.details,
    }
    tx.execute(INSERT, row)
    return True


def list_dmarc_reports(tx: Transaction, most: int) -> list[DmarcReport]:
    """The newest first, without their details."""
    return [DmarcReport(*row) for row in tx.execute(LIST, {"most": most}).tuples()]


def show_dmarc_report(tx: Transaction, number: int) -> DmarcReport:
    """One report with its details. Raises `NoSuchThing`."""
    rows = tx.execute(SHOW, {"number": number}).tuples()
    if not rows:
        raise NoSuchThing(f"there is no DMARC report {number}")
    return DmarcReport(*rows[0])


def forget_dmarc_reports(tx: Transaction, kept_seconds: int) -> int:
    """Let go of reports that are old or too many; how many went."""
    rows = tx.execute(OLD, {"until": tx.now - kept_seconds}).tuples()
    rows = rows or tx.execute(EXCESS).tuples()
    if rows:
        tx.execute(FORGET, {"ids": tx.array([row[0] for row in rows])})
    return len(rows)

"""A DNS that answers from a dict, and remembers what it was asked."""

from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from attrs import define, field

from mailsuite.dns.answers import Answer, Mx, NoSuchName, NoSuchRecord, Record, TemporaryFailure
from mailsuite.dns.names import a_labels

ALIASES = 10  # CNAMEs that a resolver follows
T = TypeVar("T")


@define
class Zone:
    """Names, types and their records. A name of `silent` times out for what is not there."""

    names: dict[str, dict[str, tuple[Record, ...]]] = field(factory=dict)
    silent: set[str] = field(factory=set)
    asked: list[tuple[str, str]] = field(factory=list)

    def add(self, name: str, kind: str, *records: Record) -> None:
        """Add records; a name with none exists all the same."""
        of_name = self.names.setdefault(a_labels(name), {})
        of_name[kind] = (*of_name.get(kind, ()), *records)

    def txt(self, name: str, text: str) -> None:
        """Add a TXT record."""
        self.add(name, "TXT", text.encode("latin-1"))

    async def query(self, name: str, kind: str) -> Answer:
        """As `Dns.query`."""
        name = a_labels(name)
        self.asked.append((name, kind))
        canonical = name
        for _ in range(ALIASES):
            found = self.names.get(canonical)
            alias = found and found.get("CNAME")
            if not alias:
                break
            canonical = str(alias[0])
        if found and kind in found and found[kind]:
            return Answer(name, canonical, found[kind], 300)
        if canonical in self.silent or "*" in self.silent:
            raise TemporaryFailure(f"{name} {kind}")
        if found is None and not any(n.endswith(f".{canonical}") for n in self.names):
            raise NoSuchName(f"{name} {kind}")
        raise NoSuchRecord(f"{name} {kind}")


def ran(asking: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that waits for nothing."""
    try:
        asking.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    asking.close()
    raise AssertionError("it waits for something")


def zone(records: Mapping[str, str | Iterable[str]] | None = None) -> Zone:
    """A zone of TXT records by name."""
    made = Zone()
    for name, texts in (records or {}).items():
        for text in [texts] if isinstance(texts, str) else texts:
            made.txt(name, text)
    return made


__all__ = ["Mx", "Zone", "ran", "zone"]

"""The bus tells whoever listens, and nobody who has stopped."""

from mailsuite.store.changes import Forget, LocalBus


def test_who_listens_is_told_until_it_stops() -> None:
    bus = LocalBus()
    told: list[object] = []
    forgets = [
        bus.on_mailbox(1, told.append),
        bus.on_account(7, lambda: told.append("account")),
        bus.on_queue(lambda: told.append("queue")),
    ]
    bus.publish({1: 5, 2: 9}, [7, 8], queue=True)
    assert told == [5, "account", "queue"]
    bus.publish({}, [], queue=False)
    assert len(told) == 3
    for forget in forgets:
        forget()
        forget()
    bus.publish({1: 6}, [7], queue=True)
    assert len(told) == 3
    assert not any([bus._mailboxes, bus._accounts, bus._queue]), "nothing is kept of them"


def test_a_listener_may_stop_another_while_it_is_told() -> None:
    """A session that ends while its mailbox is announced disturbs no other."""
    bus = LocalBus()
    told: list[str] = []
    forget: list[Forget] = []

    def first(_: int) -> None:
        told.append("first")
        forget[0]()

    bus.on_mailbox(1, first)
    forget.append(bus.on_mailbox(1, lambda _: told.append("second")))
    bus.publish({1: 2}, [], queue=False)
    bus.publish({1: 3}, [], queue=False)
    assert told == ["first", "second", "first"]

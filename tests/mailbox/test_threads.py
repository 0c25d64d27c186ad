"""Threads (RFC 5256 §3): against the letter of the RFC, and at the size of a mailbox."""

from __future__ import annotations

import json
import random
import struct
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.errors import TooMany
from mailsuite.mailbox import threads
from mailsuite.mailbox.threads import (
    Forest,
    Letters,
    below,
    by_references,
    by_refs,
    by_subject,
    in_order,
    linked,
    pruned,
    ranked,
)
from mailsuite.message.ordering import order_keys

DATA = Path(__file__).parent.parent / "data" / "imap"

Tree = tuple[int, list["Tree"]]  # a message or -1 for a dummy, and what is below it


@define
class Letter:
    """One message of a test: small numbers for all that is compared."""

    own: int = 0
    references: tuple[int, ...] = ()
    sent: int = 0
    arrived: int = 0
    subject: int = 0
    reply: bool = False


def letters(mail: Sequence[Letter]) -> Letters:
    ancestors, starts = array("q"), array("I", [0])
    for letter in mail:
        ancestors.extend(letter.references)
        starts.append(len(ancestors))
    return Letters(
        [letter.own for letter in mail],
        ancestors,
        starts,
        [letter.sent for letter in mail],
        [letter.arrived for letter in mail],
        [letter.subject for letter in mail],
        [int(letter.reply) for letter in mail],
    )


def trees(forest: Forest) -> list[Tree]:
    def tree(node: int) -> Tree:
        return (node if node < forest.count else -1, [tree(n) for n in forest.children[node] or ()])

    return [tree(root) for root in forest.roots]


# The RFC, word by word: objects with parents and lists of children, and no care for time.


@define(eq=False)
class Node:
    number: int  # -1: a dummy
    letter: Letter | None = None
    parent: Node | None = None
    children: list[Node] = field(factory=list)

    def is_below(self, other: Node) -> bool:
        at: Node | None = self
        while at is not None:
            if at is other:
                return True
            at = at.parent
        return False

    def adopt(self, child: Node) -> None:
        if child.parent is not None:
            child.parent.children.remove(child)
        child.parent = self
        self.children.append(child)

    def first(self) -> Node:
        if self.number >= 0:
            return self
        return min(self.children, key=by_date)


def by_date(node: Node) -> tuple[int, int]:
    first = node.first()
    assert first.letter is not None
    return first.letter.sent, first.number


def step_1(mail: Sequence[Letter]) -> list[Node]:
    named: dict[int, Node] = {}
    nodes = []
    for number, letter in enumerate(mail):
        node = Node(number, letter)
        nodes.append(node)
        if letter.own and letter.own not in named:
            named[letter.own] = node
    for node in list(nodes):
        assert node.letter is not None
        before = None
        for reference in node.letter.references:
            if reference not in named:
                named[reference] = Node(-1)
                nodes.append(named[reference])
            this = named[reference]
            if before is not None and this.parent is None and not before.is_below(this):
                before.adopt(this)
            before = this
        if node.parent is not before:
            if node.parent is not None:
                node.parent.children.remove(node)
                node.parent = None
            if before is not None and not before.is_below(node):
                before.adopt(node)
    return nodes


def steps_2_and_3(nodes: Sequence[Node]) -> Node:
    root = Node(-2)
    for node in nodes:
        if node.parent is None:
            root.adopt(node)
    while dummies := [n for n in nodes if n.number < 0 and n.parent and not n.children]:
        for dummy in dummies:
            assert dummy.parent is not None
            dummy.parent.children.remove(dummy)
            dummy.parent = None
    changed = True
    while changed:
        changed = False
        for node in nodes:
            if node.number >= 0 or node.parent is None:
                continue
            if node.parent is root and len(node.children) > 1:
                continue
            above = node.parent
            above.children.remove(node)
            node.parent = None
            for child in list(node.children):
                above.adopt(child)
            changed = True
    return root


def subject_of(node: Node) -> int:
    letter = node.first().letter
    assert letter is not None
    return letter.subject


def replies(node: Node) -> bool:
    return node.letter is not None and node.letter.reply


def step_5b(root: Node) -> dict[int, Node]:
    table: dict[int, Node] = {}
    for node in root.children:
        held = table.get(subject_of(node))
        better = held is None or (
            held.number >= 0 and (node.number < 0 or (replies(held) and not replies(node)))
        )
        if subject_of(node) and better:
            table[subject_of(node)] = node
    return table


def step_5c(root: Node, table: dict[int, Node]) -> None:
    for name, node in [(subject_of(node), node) for node in root.children]:
        held = table.get(name, node)
        if held is node:
            continue
        if held.number < 0 and node.number < 0:
            for child in list(node.children):
                held.adopt(child)
            root.children.remove(node)
        elif held.number < 0 or (replies(node) and not replies(held)):
            held.adopt(node)
        else:
            dummy = Node(-1)
            root.adopt(dummy)
            dummy.adopt(node)
            dummy.adopt(held)
            table[name] = dummy


def step_6(node: Node) -> None:
    for child in node.children:
        step_6(child)
    node.children.sort(key=by_date)


def told(node: Node) -> list[Tree]:
    return [(max(child.number, -1), told(child)) for child in node.children]


def references_by_the_letter(mail: Sequence[Letter]) -> list[Tree]:
    root = steps_2_and_3(step_1(mail))
    root.children.sort(key=by_date)
    step_5c(root, step_5b(root))
    step_6(root)
    return told(root)


def refs_by_the_letter(mail: Sequence[Letter]) -> list[Tree]:
    root = steps_2_and_3(step_1(mail))
    step_6(root)

    def newest(node: Node) -> tuple[int, int]:
        mine = (node.letter.arrived, node.number) if node.letter else (-1, -1)
        return max([mine, *map(newest, node.children)])

    root.children.sort(key=newest)
    return told(root)


def subjects_by_the_letter(mail: Sequence[Letter]) -> list[Tree]:
    order = sorted(range(len(mail)), key=lambda n: (mail[n].subject, mail[n].sent, n))
    found: list[list[int]] = []
    for number in order:
        if found and mail[found[-1][0]].subject == mail[number].subject:
            found[-1].append(number)
        else:
            found.append([number])
    found.sort(key=lambda thread: (mail[thread[0]].sent, thread[0]))
    return [(first, [(other, []) for other in others]) for first, *others in found]


IDS = st.integers(0, 8)
MAIL = st.lists(
    st.builds(
        Letter,
        own=IDS,
        references=st.lists(st.integers(1, 10), max_size=4).map(tuple),
        sent=st.integers(0, 4),
        arrived=st.integers(0, 4),
        subject=st.integers(0, 3),
        reply=st.booleans(),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("algorithm", "letter_of_the_law"),
    [
        (by_references, references_by_the_letter),
        (by_refs, refs_by_the_letter),
        (by_subject, subjects_by_the_letter),
    ],
)
@given(mail=MAIL)
def test_threads_are_what_the_rfc_says(
    algorithm: Callable[[Letters], Forest],
    letter_of_the_law: Callable[[Sequence[Letter]], list[Tree]],
    mail: list[Letter],
) -> None:
    """Cycles, doubles, ids that are missing or refer to themselves, and equal subjects."""
    assert trees(algorithm(letters(mail))) == letter_of_the_law(mail)


@given(mail=MAIL)
def test_every_message_is_there_once(mail: list[Letter]) -> None:
    """Nothing is lost in a loop, and nothing comes out twice."""
    for algorithm in (by_references, by_refs, by_subject):
        forest = algorithm(letters(mail))
        found = [node for root in forest.roots for node in below(forest, root)]
        assert sorted(node for node in found if node < forest.count) == list(range(len(mail)))


@given(mail=MAIL, rounds=st.integers(2, 4))
def test_loops_are_found_in_trees_that_were_cut(mail: list[Letter], rounds: int) -> None:
    """The same ids referred to again and again: each message contradicts those before it."""
    mail = [Letter(m.own + 1, m.references + m.references[::-1]) for m in mail] * rounds
    nodes = step_1(mail)
    parents = linked(letters(mail))
    known = {id(node): at for at, node in enumerate(nodes)}
    assert parents == [-1 if n.parent is None else known[id(n.parent)] for n in nodes]


# Public vectors.


def public(messages: Sequence[dict[str, Any]]) -> Letters:
    mail = []
    for one in messages:
        ids = "".join(f"References: {i}\r\n" for i in [" ".join(one["references"])] if i)
        keys = order_keys(
            f"Subject: {one['subject']}\r\nMessage-ID: {one['message_id']}\r\n"
            f"Date: {one['date']}\r\n{ids}\r\n".encode()
        )
        references = struct.unpack(f"<{len(keys.ancestors) // 8}q", keys.ancestors)
        subject = hash(keys.subject) if keys.subject else 0
        mail.append(Letter(keys.own, references, keys.sent_at, 0, subject, bool(keys.reply)))
    return letters(mail)


def drawn(found: Sequence[Tree], subjects: Sequence[str], depth: int = 0) -> list[str]:
    lines = []
    for number, children in found:
        lines.append("   " * depth + ("dummy" if number < 0 else subjects[number]))
        lines += drawn(children, subjects, depth + 1)
    return lines


def test_the_threads_of_zawinskis_test() -> None:
    """Ambiguous, missing, doubled and lying references."""
    vectors = json.loads((DATA / "thread-jwz.json").read_text("utf-8"))
    messages = vectors["messages"]
    forest = by_references(public(messages))
    assert drawn(trees(forest), [one["subject"] for one in messages]) == vectors["tree"]


def test_the_loops_of_zawinskis_test_end() -> None:
    """There is no right answer, but each message is in it."""
    vectors = json.loads((DATA / "thread-jwz.json").read_text("utf-8"))
    loops = vectors["loops"]
    for algorithm in (by_references, by_refs):
        forest = algorithm(public(loops))
        found = [node for root in forest.roots for node in below(forest, root)]
        assert sorted(node for node in found if node < len(loops)) == list(range(len(loops)))


# One step at a time.


def test_a_truncated_list_does_not_change_a_link_that_is_there() -> None:
    """Step 1.A: the second message leaves out its grandparent; the link of the first stays."""
    mail = [Letter(1), Letter(2, (1,)), Letter(3, (1, 2)), Letter(4, (1, 3))]
    assert trees(by_references(letters(mail))) == [(0, [(1, [(2, [(3, [])])])])]


def test_a_message_knows_its_parent_best() -> None:
    """Step 1.B: what another message said of it is cut."""
    mail = [Letter(3, (1, 2)), Letter(2, ()), Letter(1, ())]
    assert trees(by_references(letters(mail))) == [(1, [(0, [])]), (2, [])]


def test_only_the_first_bears_a_message_id() -> None:
    """Step 1.A: a double gets an id of its own."""
    mail = [Letter(1), Letter(1), Letter(2, (1,))]
    assert trees(by_references(letters(mail))) == [(0, [(2, [])]), (1, [])]


def test_dummies_go_but_where_they_hold_a_thread_together() -> None:
    """Step 3: one child is promoted to the root, two are not; below the root all are."""
    alone = [Letter(1, (9,))]
    assert trees(by_references(letters(alone))) == [(0, [])]
    two = [Letter(1, (9,)), Letter(2, (9,))]
    assert trees(by_references(letters(two))) == [(-1, [(0, []), (1, [])])]
    inside = [Letter(1), Letter(2, (1, 9)), Letter(3, (1, 9))]
    assert trees(by_references(letters(inside))) == [(0, [(1, []), (2, [])])]
    nested = [Letter(1, (8, 9)), Letter(2, (8, 9)), Letter(3, (8,))]
    assert trees(by_references(letters(nested))) == [(-1, [(0, []), (1, []), (2, [])])]


def test_threads_with_one_subject_become_one() -> None:
    """Step 5: a reply goes below what it replies to; two that are none become siblings."""
    reply = [Letter(1, subject=7, reply=True), Letter(2, subject=7)]
    assert trees(by_references(letters(reply))) == [(1, [(0, [])])]
    neither = [Letter(1, subject=7), Letter(2, subject=7)]
    assert trees(by_references(letters(neither))) == [(-1, [(0, []), (1, [])])]
    empty = [Letter(1), Letter(2)]
    assert trees(by_references(letters(empty))) == [(0, []), (1, [])]


def test_the_newest_thread_is_the_last_by_refs() -> None:
    """REFS: an answer to an old thread brings it to the end; subjects do not count."""
    mail = [
        Letter(1, sent=1, arrived=1, subject=7),
        Letter(2, sent=2, arrived=2, subject=7),
        Letter(3, (1,), sent=3, arrived=3),
    ]
    assert trees(by_refs(letters(mail))) == [(1, []), (0, [(2, [])])]


@given(st.lists(st.integers(-(2**40), 2**40), max_size=50))
def test_order_and_ranks(values: list[int]) -> None:
    """Equal values keep their order, whatever the size of a piece."""
    order = sorted(range(len(values)), key=lambda at: (values[at], at))
    whole = threads.PIECE
    try:
        threads.PIECE = 3
        assert in_order(values) == order
    finally:
        threads.PIECE = whole
    assert [order[rank] for rank in ranked(values)] == list(range(len(values)))


# At the size of a mailbox: whoever recurses, or walks the chain for each message, is noticed.

DEEP = 100_000


@pytest.mark.threat("I7")
@pytest.mark.parametrize("order", ["first comes first", "last comes first", "shuffled"])
def test_a_chain_of_all_messages(order: str) -> None:
    """One thread, each the answer to the one before (Cyrus #407, #1363, #1649)."""
    ids = list(range(1, DEEP + 1))
    if order == "last comes first":
        ids.reverse()
    elif order == "shuffled":
        random.Random(7).shuffle(ids)
    mail = letters([Letter(own, (own - 1,) if own > 1 else (), own) for own in ids])
    forest = by_references(mail)
    assert len(forest.roots) == 1
    node, chain = forest.roots[0], []
    while True:
        chain.append(mail.own[node])
        children = forest.children[node]
        if not children:
            break
        (node,) = children
    assert chain == list(range(1, DEEP + 1))


@pytest.mark.threat("I7")
def test_references_that_contradict_each_other_cost_a_bounded_number_of_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long chain that was cut, and messages that each want its end above its beginning."""
    monkeypatch.setattr(threads, "STEPS", 100_000)
    deep = 2_000
    chain = [Letter(own, (own - 1,)) for own in range(2, deep)]
    cut = [Letter(5_000, (1, 6_000)), Letter(6_000)]  # 6000 was put below 1, and is not
    hostile = [Letter(10_000 + n, (deep - 1 - n, 1)) for n in range(deep // 2)]
    with pytest.raises(TooMany):
        linked(letters([*chain, *cut, *hostile]))
    # Without the cut nobody has to walk.
    linked(letters([*chain, *hostile]))


def test_nobody_is_a_forest_of_nothing() -> None:
    nothing = letters([])
    assert (
        trees(by_references(nothing)) == trees(by_refs(nothing)) == trees(by_subject(nothing)) == []
    )
    assert trees(pruned([], 0)) == []

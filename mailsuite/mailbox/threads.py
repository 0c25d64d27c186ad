"""The threads of some messages (RFC 5256 §3, THREAD): pure, iterative, near linear.

A message is its place among those that were searched, 0 and up in mailbox order; a dummy, which
stands for a message that is not there, is a node beyond them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from attrs import define, field, frozen

from mailsuite.errors import TooMany

NOBODY = -1
STEPS = 20_000_000  # taken upwards in threads that were cut: a second; real mail takes few
PIECE = 8_192  # sorted at once: a millisecond, in which nobody else has the interpreter


@frozen
class Letters:
    """What threading asks of the messages, place by place.

    Attributes:
        own: numbers of their Message-IDs, 0 for none; doubles count for the first.
        ancestors: numbers of their references, the parent last: those of one message are
            `ancestors[starts[n]:starts[n + 1]]`.
        sent: seconds UTC.
        arrived: seconds UTC.
        subjects: equal where the base subjects are; 0: there is none.
        replies: whether the subject says that it is a reply or forward.
    """

    own: Sequence[int]
    ancestors: Sequence[int]
    starts: Sequence[int]
    sent: Sequence[int]
    arrived: Sequence[int]
    subjects: Sequence[int]
    replies: Sequence[int]


@define
class Forest:
    """Threads: `roots` in order, and the children of each node, in order; None for none."""

    count: int  # of messages; nodes from here on are dummies
    roots: list[int] = field(factory=list)
    children: list[list[int] | None] = field(factory=list)

    def add(self, parent: int, child: int) -> None:
        """Put a child behind those that are there."""
        there = self.children[parent]
        if there is None:
            self.children[parent] = [child]
        else:
            there.append(child)

    def sort(self, ranks: list[int]) -> None:
        """Sort roots and siblings by the ranks of messages, which are made for dummies here."""
        rank = ranks.__getitem__
        for siblings in self.children:
            if siblings is not None and len(siblings) > 1:
                siblings.sort(key=rank)
        self.sort_roots(ranks)

    def sort_roots(self, ranks: list[int]) -> None:
        """Sort the roots; a dummy stands where its first child does (step 4)."""
        for node in range(len(ranks), len(self.children)):
            of_dummy = self.children[node]
            ranks.append(ranks[of_dummy[0]] if of_dummy else NOBODY)
        self.roots.sort(key=ranks.__getitem__)


Threading: TypeAlias = Callable[[Letters], Forest]


def by_references(letters: Letters) -> Forest:
    """THREAD=REFERENCES, all its steps.

    Raises:
        TooMany: the references contradict each other too often.
    """
    forest = pruned(linked(letters), len(letters.own))
    ranks = ranked(letters.sent)
    places = ranks[:]
    forest.sort(places)
    _Subjects(forest, letters).gather()
    # A merge changes which child of a dummy is the first: its rank is made anew.
    forest.sort(ranks)
    return forest


def by_refs(letters: Letters) -> Forest:
    """THREAD=REFS (draft-ietf-morg-inthread-01): without subjects, the latest arrival counts.

    Messages of a thread come by their date; threads by when the newest of each arrived.

    Raises:
        TooMany: the references contradict each other too often.
    """
    forest = pruned(linked(letters), len(letters.own))
    forest.sort(ranked(letters.sent))
    latest = ranked(letters.arrived) + [NOBODY] * (len(forest.children) - forest.count)
    newest = {root: max(latest[node] for node in below(forest, root)) for root in forest.roots}
    forest.roots.sort(key=newest.__getitem__)
    return forest


def by_subject(letters: Letters) -> Forest:
    """THREAD=ORDEREDSUBJECT: the first with a base subject, and below it all others with it."""
    count = len(letters.own)
    forest = Forest(count, children=[None] * count)
    first: dict[int, int] = {}
    subjects = letters.subjects
    for at in in_order(letters.sent):
        root = first.setdefault(subjects[at], at)
        if root == at:
            forest.roots.append(at)
        else:
            forest.add(root, at)
    return forest


def below(forest: Forest, root: int) -> Iterable[int]:
    """The node and all nodes below it, in no order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += forest.children[node] or ()


def in_order(values: Sequence[int]) -> list[int]:
    """Places by rising value; equal ones in their own order."""
    marked = [value << 32 | at for at, value in enumerate(values)]
    runs = [sorted(marked[at : at + PIECE]) for at in range(0, len(marked), PIECE)]
    while len(runs) > 1:
        first, second, *runs = runs
        first += second
        first.sort()  # two runs: one merge, in C
        runs.append(first)
    return [mark & 0xFFFFFFFF for mark in runs[0]] if runs else []


def ranked(values: Sequence[int]) -> list[int]:
    """For each place, how many have a lower value, or the same one before it."""
    ranks = [0] * len(values)
    for rank, at in enumerate(in_order(values)):
        ranks[at] = rank
    return ranks


# Step 1.


@define
class _Links:
    """Who is whose child, and which nodes are in one tree (union-find).

    In a tree that was never cut, a node without a parent is the root, and everybody else stands
    below it: so a loop is found without a walk. Only a reference that contradicts another one
    cuts a tree, and only there somebody has to walk upwards.
    """

    parents: list[int]
    trees: list[int]
    cut: bytearray
    steps: int = 0

    def tree(self, node: int) -> int:
        trees = self.trees
        while trees[node] != node:
            trees[node] = node = trees[trees[node]]
        return node

    def join(self, parent: int, child: int) -> None:
        """Make a node without a parent the child of another, unless that would be a loop."""
        upper, lower = self.tree(parent), self.tree(child)
        if upper != lower:
            self.trees[lower] = upper
            self.cut[upper] |= self.cut[lower]
        elif not self.cut[upper] or self._stands_below(parent, child):
            return
        self.parents[child] = parent

    def part(self, child: int) -> None:
        """Cut the link to the node's parent."""
        self.parents[child] = NOBODY
        self.cut[self.tree(child)] = 1

    def _stands_below(self, node: int, other: int) -> bool:
        parents = self.parents
        while node not in (NOBODY, other):
            node = parents[node]
            self.steps += 1
        if self.steps > STEPS:
            raise TooMany
        return node == other

    def new(self) -> int:
        """A dummy."""
        node = len(self.parents)
        self.parents.append(NOBODY)
        self.trees.append(node)
        self.cut.append(0)
        return node


def linked(letters: Letters) -> list[int]:
    """Step 1: the parent of each node."""
    own, ancestors, starts = letters.own, letters.ancestors, letters.starts
    count = len(own)
    known = {own[at]: at for at in range(count - 1, -1, -1)}  # of doubles, the first
    known.pop(0, None)
    links = _Links([NOBODY] * count, list(range(count)), bytearray(count))
    parents = links.parents
    end = 0
    for at in range(count):
        above = NOBODY
        start, end = end, starts[at + 1]
        for number in ancestors[start:end] if start < end else ():
            node = known.get(number)
            if node is None:
                node = known[number] = links.new()
            if above >= 0 and parents[node] < 0 and node != above:
                links.join(above, node)
            above = node
        if parents[at] != above:
            if parents[at] >= 0:
                links.part(at)
            if above not in (NOBODY, at):
                links.join(above, at)
    return parents


# Steps 2 and 3.


def pruned(parents: Sequence[int], count: int) -> Forest:
    """Steps 2 and 3: dummies go; one at the top stays where it holds several together."""
    forest = Forest(count, children=[None] * len(parents))
    standing: dict[int, int] = {}  # dummy: the first message above it, or the topmost dummy
    for at in range(count):
        parent = parents[at]
        if parent >= count:
            parent = _standing(parents, count, parent, standing)
        if parent < 0:
            forest.roots.append(at)
        else:
            forest.add(parent, at)
    for dummy in range(count, len(parents)):
        held = forest.children[dummy]
        if held is not None:
            forest.roots.append(dummy if len(held) > 1 else held[0])
    return forest


def _standing(parents: Sequence[int], count: int, node: int, known: dict[int, int]) -> int:
    passed = []
    while node >= count and node not in known:
        passed.append(node)
        if parents[node] < 0:
            break
        node = parents[node]
    node = known.get(node, node)
    for dummy in passed:
        known[dummy] = node
    return node


# Step 5.


@define
class _Subjects:
    """Step 5: threads with the same subject become one; the roots are sorted (step 4)."""

    forest: Forest
    letters: Letters
    table: dict[int, int] = field(factory=dict)

    def gather(self) -> None:
        """Merge the threads."""
        roots = [(root, self._subject(root)) for root in self.forest.roots]
        for root, subject in roots:
            if subject:
                self._populate(root, subject)
        gone: set[int] = set()
        for root, subject in roots:
            held = self.table.get(subject, root)
            if held != root:
                self._merge(root, held, subject, gone)
        if gone:
            self.forest.roots = [root for root in self.forest.roots if root not in gone]

    def _is_dummy(self, node: int) -> bool:
        return node >= self.forest.count

    def _replies(self, node: int) -> bool:
        return not self._is_dummy(node) and bool(self.letters.replies[node])

    def _subject(self, root: int) -> int:
        if self._is_dummy(root):
            root = (self.forest.children[root] or [0])[0]
        return self.letters.subjects[root]

    def _populate(self, root: int, subject: int) -> None:
        held = self.table.setdefault(subject, root)
        if not self._is_dummy(held) and (
            self._is_dummy(root) or (self._replies(held) and not self._replies(root))
        ):
            self.table[subject] = root

    def _merge(self, root: int, held: int, subject: int, gone: set[int]) -> None:
        forest = self.forest
        gone.add(root)
        if self._is_dummy(held) and self._is_dummy(root):
            for child in forest.children[root] or ():
                forest.add(held, child)
            forest.children[root] = None
        elif self._is_dummy(held) or (self._replies(root) and not self._replies(held)):
            forest.add(held, root)
        else:
            dummy = len(forest.children)
            forest.children.append([held, root])
            forest.roots.append(dummy)
            self.table[subject] = dummy
            gone.add(held)

"""How well the spam filter does: the figures of docs/spam.md and its plot.

    python -m bench.spam_eval ../shared/corpus/real/mail-1.tar.gz --docs docs [--only splits|months]

What is judged is what the suite does: `mailsuite.spam` with the seed trained anew on mail that is
neither taught nor judged, thresholds as an account gets them, scores of words alone (no DNS lists, no
known senders). Prints counts with Wilson's 95 % intervals. 4 minutes.
"""
import argparse
import math
import random
import time
from pathlib import Path

from attrs import evolve

from bench.spam_corpus import read_corpus
from bench.spam_train import parts
from mailsuite.spam.bayes import Counts, Kind
from mailsuite.spam.score import of_words
from mailsuite.spam.threshold import KEPT_SCORES, threshold
from mailsuite.spam.training import Example, tail_of, train
from mailsuite.spam.words import numbers, read

OWN = (0, 20, 200, 1000)
GOALS = {0: 0.75, 20: 0.85, 200: 0.92, 1000: 0.95}


def wilson(hits, of):
    """The 95 % interval of a rate."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(hits, of):
    low, high = wilson(hits, of)
    return f"{hits} of {of} ({100 * hits / max(of, 1):.2f} %; {100 * low:.2f} to {100 * high:.2f})"


class Account:
    """One that has taught some mail, each message scored before it was taught."""

    def __init__(self, model, tail):
        self.model, self.tail, self.counts, self.kept = model, tail, Counts(), []

    def score(self, example):
        return math.fsum(r.score for r in of_words(self.model, self.counts, example.numbers))

    def teach(self, example):
        if not example.is_spam:
            self.kept.append(self.score(example))
        self.counts.teach(Kind.SPAM if example.is_spam else Kind.GOOD, example.numbers)

    @property
    def threshold(self):
        return threshold(self.tail, self.kept[-KEPT_SCORES:])


def seed_of(examples, mails, chosen):
    """A seed of these messages, with the tail of good mail that it had not seen."""
    group = [mails[i] for i in chosen]
    unseen = []
    for part in parts(group, 3, 2):
        left = set(part)
        model = train([examples[i] for n, i in enumerate(chosen) if n not in left])
        unseen += [model.score(examples[chosen[n]].numbers) for n in part if not group[n].is_spam]
    return train([examples[i] for i in chosen]), tail_of(unseen)


def judged(examples, model, tail, own, test):
    account = Account(model, tail)
    for i in own:
        account.teach(examples[i])
    edge = account.threshold
    return [(account.score(examples[i]) - edge, examples[i].is_spam) for i in test]


def told(found):
    good = [s for s, spam in found if not spam]
    bad = [s for s, spam in found if spam]
    return sum(s >= 0 for s in good), len(good), sum(s >= 0 for s in bad), len(bad)


def ranking(found, lost):
    """Spam caught where the threshold is set so that `lost` of the good mail judged lies above."""
    good = sorted((s for s, spam in found if not spam), reverse=True)
    edge = good[int(len(good) * lost)]
    bad = [s for s, spam in found if spam]
    return sum(s > edge for s in bad), len(bad)


def of_splits(mails, examples, splits, first=0):
    """Random splits: five parts, each judged by what knows the other four."""
    found = {count: [] for count in OWN}
    for split in range(first, first + splits):
        for part in parts(mails, 10 + split):
            out = set(part)
            rest = [i for i in range(len(mails)) if i not in out]
            # An account's own mail shares no body with the seed's.
            keys = sorted({mails[i].same for i in rest})
            random.Random(split).shuffle(keys)
            place = {key: n for n, key in enumerate(keys)}
            rest.sort(key=lambda i: (place[mails[i].same], i))
            little, much = seed_of(examples, mails, rest[200:]), seed_of(examples, mails, rest[1000:])
            for count in OWN:
                model, tail = much if count == 1000 else little
                own = sorted(rest[:count], key=lambda i: mails[i].month)
                found[count] += judged(examples, model, tail, own, part)
    return found


def of_months(mails, examples):
    """In date order: seed and account know August and before, what is judged is of later months."""
    dated = [i for i in range(len(mails)) if mails[i].month > (2000,)]
    before = [i for i in dated if mails[i].month < (2002, 9, 0, "")]
    same = {mails[i].same for i in before}
    after = [i for i in dated if mails[i].month >= (2002, 9, 0, "") and mails[i].same not in same]
    found = {}
    for count in (0, 20, 200):
        random.Random(5).shuffle(before)
        own = sorted(before[:count], key=lambda i: mails[i].month)
        model, tail = seed_of(examples, mails, before[count:])
        found[count] = judged(examples, model, tail, own, after)
    return found


def plot(found, place):
    """Good mail lost against spam caught, as a drawing."""
    width, height, left, top = 640, 420, 70, 20
    tall, wide = height - top - 60, width - left - 20
    xs = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05]
    across = lambda x: left + wide * math.log(x / xs[0]) / math.log(xs[-1] / xs[0])
    down = lambda y: top + tall * (1 - (y - 0.5) / 0.5)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    for x in xs:
        out.append(f'<line x1="{across(x):.1f}" y1="{top}" x2="{across(x):.1f}" y2="{top + tall}" stroke="#ddd"/>'
                   f'<text x="{across(x):.1f}" y="{top + tall + 18}" text-anchor="middle">{100 * x:g} %</text>')
    for tenth in range(5, 11):
        y = tenth / 10
        out.append(f'<line x1="{left}" y1="{down(y):.1f}" x2="{left + wide}" y2="{down(y):.1f}" stroke="#ddd"/>'
                   f'<text x="{left - 8}" y="{down(y) + 4:.1f}" text-anchor="end">{10 * tenth} %</text>')
    out.append(f'<text x="{left + wide / 2}" y="{height - 20}" text-anchor="middle">good mail in Junk</text>'
               f'<text x="18" y="{top + tall / 2}" transform="rotate(-90 18 {top + tall / 2})" text-anchor="middle">spam in Junk</text>')
    for n, (count, colour) in enumerate(zip(OWN, ("#888", "#36c", "#e80", "#080"))):
        points = []
        for step in range(61):
            x = xs[0] * (xs[-1] / xs[0]) ** (step / 60)
            caught, of = ranking(found[count], x)
            points.append(f"{across(x):.1f},{max(min(down(caught / of), top + tall), top):.1f}")
        lost, good, caught, bad = told(found[count])
        name = f"{count} of one's own" if count else "seed alone"
        out.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>'
                   f'<circle cx="{across(max(lost / good, xs[0])):.1f}" cy="{down(caught / bad):.1f}" r="5" fill="{colour}"/>'
                   f'<text x="{left + wide - 150}" y="{top + tall - 70 + 16 * n}" fill="{colour}">{name}</text>')
    out.append("</svg>")
    place.write_text("\n".join(out) + "\n")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("corpus")
    options.add_argument("--docs")
    options.add_argument("--splits", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="number of the first split")
    options.add_argument("--only", choices=("splits", "months"))
    chosen = options.parse_args()
    mails = read_corpus(chosen.corpus)
    examples, cpu = [], []
    for mail in mails:
        began = time.process_time()
        found = numbers(read(mail.octets))
        cpu.append(time.process_time() - began)
        examples.append(Example(found, mail.is_spam))
    cpu.sort()
    print(f"words of a message, CPU ms: median {1e3 * cpu[len(cpu) // 2]:.2f}, "
          f"99 % {1e3 * cpu[int(len(cpu) * .99)]:.2f}, longest {1e3 * cpu[-1]:.2f}")
    done = {}
    if chosen.only != "months":
        done["random splits"] = of_splits(mails, examples, chosen.splits, chosen.first)
    if chosen.only != "splits":
        done["later months"] = of_months(mails, examples)
    for title, results in done.items():
        print(f"\n{title}: of one's own | good mail lost | spam caught | caught at 0.1 % by ranking")
        for count, found in results.items():
            lost, good, caught, bad = told(found)
            print(f"{count} | {rate(lost, good)} | {rate(caught, bad)} | {rate(*ranking(found, 0.001))} | goal {GOALS[count]:.0%}")
    if chosen.docs and "random splits" in done:
        plot(done["random splits"], Path(chosen.docs) / "spam-trade-off.svg")


if __name__ == "__main__":
    main()

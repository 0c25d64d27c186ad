"""Makes mailsuite/spam/seed.model, the filter's model before anybody has taught anything.

    python -m bench.spam_train ../shared/corpus/real/mail-1.tar.gz

The tail of good mail's scores, from which an account's first threshold follows, is of mail that the
model had not seen: five parts, each scored by a model of the other four. 2 minutes.
"""
import argparse
import random
from pathlib import Path

from attrs import evolve

import mailsuite.spam.seed
from bench.spam_corpus import read_corpus
from mailsuite.spam.seed import FILE
from mailsuite.spam.training import Example, tail_of, train
from mailsuite.spam.words import numbers, read

PARTS = 5
ORIGIN = (
    "public corpus of SpamAssassin (spamassassin.apache.org/old/publiccorpus: easy_ham, hard_ham, spam); "
    "model under Apache-2.0"
)


def parts(mails, seed, count=PARTS):
    """Numbers of the messages in each of `count` parts; equal bodies are in one."""
    keys = sorted({mail.same for mail in mails})
    random.Random(seed).shuffle(keys)
    place = {key: n % count for n, key in enumerate(keys)}
    return [[i for i, mail in enumerate(mails) if place[mail.same] == n] for n in range(count)]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("corpus")
    options.add_argument("--out", default=str(Path(mailsuite.spam.seed.__file__).with_name(FILE)))
    chosen = options.parse_args()
    mails = read_corpus(chosen.corpus)
    examples = [Example(numbers(read(mail.octets)), mail.is_spam) for mail in mails]
    unseen = []
    for part in parts(mails, 1):
        left = set(part)
        model = train([e for i, e in enumerate(examples) if i not in left])
        unseen += [model.score(examples[i].numbers) for i in part if not mails[i].is_spam]
    model = evolve(train(examples, origin=ORIGIN), tail=tail_of(unseen))
    octets = model.packed()
    Path(chosen.out).write_bytes(octets)
    print(f"{len(mails)} messages, {len(octets)} octets; good mail it had not seen: {model.tail}")


if __name__ == "__main__":
    main()

"""Made-up notes of a developer, about 600 bytes each, the same for the same number."""

import hashlib
import json
import math
import random
import re

# The commonest words of English prose, commonest first: with exponent one they are some 40 % of a text.
COMMON = """the to of a and in is it for that on with as when be this not from are by or at if an was so
but after before only then all can must will no has which into we because there its one every than
have do out up what they does under still""".split()

# What developers write about.
SUBJECTS = """test build file error run cache server branch config service version deploy request code
user log token query table index retry job commit database worker module package script timeout
path client release merge session parser memory pipeline container schema migration queue key
header docker function type thread endpoint lock response variable python rust node staging
production migrate review rollback flag secret node_modules webhook proxy certificate socket
pool batch event scheduler snapshot shard replica lambda bucket region quota limit latency
linter formatter compiler target feature macro crate import export dependency upgrade patch
regression fixture mock assert coverage flake panic crash trace metric alert dashboard login
password permission role group tenant invoice payment order cart search filter sort page""".split()

# One of these is asked; some words occur in many notes, as a whole the sentence occurs in none.
QUESTIONS = """why do nightly jobs die when nobody is around
how can I stop people being signed out all the time
what makes shipping to customers slow on mondays
where should credentials live so that nobody reads them
who has to look at a change before it goes live
what did we learn from the outage in spring
how do I get my laptop to compile this faster
what is the right way to undo a bad rollout
why are two copies of the same purchase charged
which machine runs out of room first
how long may a caller wait for an answer
why does the picture on the start screen stay empty""".splitlines()

WORDS = 60_000
SYLLABLES = "ba ce di fo gu la me ni po ru sa te vi co du fe ga li mo nu ra se ti vo".split()
EPOCH = "2026-01-01T00:00:00Z"


def _made_up(rank):
    """A pronounceable word for a rank; longer for rarer ones."""
    letters = []
    rest = rank * 7919 + 13
    for _ in range(3 + (rank > 3_000) + (rank > 30_000)):
        rest, at = divmod(rest, len(SYLLABLES))
        letters.append(SYLLABLES[at])
    return "".join(letters) + ("", "n", "r", "st", "ing", "ed", "s", "le")[rank % 8]


_KNOWN = COMMON + SUBJECTS
_VOCABULARY = _KNOWN + [_made_up(rank) for rank in range(len(_KNOWN), WORDS)]


def note(number):
    """A note of some 85 words by Zipf's law, with numbers, a path and an identifier among them."""
    lots = random.Random(number)
    last = math.log(WORDS)
    words = [_VOCABULARY[int(math.exp(lots.random() * last)) - 1] for _ in range(82)]
    subject = lots.choice(SUBJECTS)
    name = f"{subject}_{_VOCABULARY[lots.randrange(500, 6_000)]}"
    for thing in (
        f"src/{subject}/{_VOCABULARY[lots.randrange(200, 3_000)]}.rs",
        name,
        f"{lots.randrange(1, 9)}.{lots.randrange(0, 30)}.{lots.randrange(0, 20)}",
        str(lots.randrange(2, 90_000)),
    ):
        words.insert(lots.randrange(len(words)), thing)
    sentences, at = [], 0
    while at < len(words):
        end = at + lots.randrange(9, 20)
        sentences.append(" ".join(words[at:end]).capitalize() + ".")
        at = end
    return " ".join(sentences)


def rare_words(numbers):
    """One of the rarest words of each of these notes."""
    rank = {word: at for at, word in enumerate(_VOCABULARY)}
    for number in numbers:
        words = re.findall(r"[a-z]+", note(number).lower())
        yield max(words, key=lambda word: rank.get(word, 0))


def export(path, count, project):
    """Writes `count` notes as the file that `firstmate import` reads."""
    with open(path, "w", encoding="utf-8") as file:
        def line(record):
            file.write(json.dumps(record, separators=(",", ":")) + "\n")

        line({"record": "header", "format": 1, "store": "0" * 32, "at": EPOCH})
        for number in range(count):
            text = note(number)
            lesson = {
                "id": f"019b{number:028x}",
                "revision": 1,
                "kind": "note",
                "state": "active",
                "title": text.split(". ")[0][:80],
                "text": text,
                "tags": [],
                "provenance": {"principal": "bench"},
                "trust": "unverified",
                "confirmations": 0,
                "text_sha256": hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest(),
                "recorded_at": EPOCH,
                "updated_at": EPOCH,
            }
            line({"record": "lesson", "org": "local", "project": project, "seq": number + 1, "lesson": lesson})
        line({"record": "end", "records": count})

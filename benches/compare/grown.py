"""A log of any length from real lines, in which new shapes arrive as in real systems.

Heaps' law: of n lines about K·n^B are the first of their shape (K = 10, B = 0.5: 31,600 shapes in ten million lines). A new
shape is a line met before with new words in it; which shape comes next is drawn from the lines so far, so that common ones stay
common. Everything follows from the seed.
"""
import datetime as dt
import json
import random
import re

HEAPS_K, HEAPS_B, SEED = 10.0, 0.5, 7
SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo zu dra ste lin mor ven".split()
NUMBER = re.compile(r"\d+")


def word(rng):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4)))


def parts_of(line):
    """A line as texts and, between them, how many digits a number has."""
    return NUMBER.split(line), [len(digits) for digits in NUMBER.findall(line)]


def write(path, sizes, sources):
    """Writes `sizes[-1]` lines; the size in bytes of the first n of them, for each n of `sizes`."""
    known = path.with_suffix(".json")
    if path.exists() and known.exists():
        return {int(n): size for n, size in json.loads(known.read_text()).items()}
    rng = random.Random(SEED)
    bodies = [line.split(" ", 2)[2] for source in sources for line in source.read_text().splitlines()]
    rng.shuffle(bodies)
    bodies = bodies[:2000]
    drawn = [parts_of(body) for body in bodies]
    n_shapes, marks, begun = 0, {}, dt.datetime(2024, 3, 1)
    with open(path, "w") as out:
        n, size = 0, 0
        while n < sizes[-1]:
            rows = []
            for _ in range(10_000):
                n += 1
                if HEAPS_K * n**HEAPS_B > n_shapes + 1:
                    n_shapes += 1
                    words = rng.choice(bodies).split(" ")
                    words[rng.randrange(1, max(2, len(words)))] = word(rng)
                    shape = parts_of(" ".join([*words, word(rng)]))
                    drawn.append(shape)
                else:
                    shape = drawn[int(rng.random() * len(drawn))]
                    if len(drawn) < 1_000_000:
                        drawn.append(shape)
                texts, digits = shape
                if digits:
                    number = str(rng.getrandbits(64)) * 2
                    row = texts[0]
                    at = 0
                    for text, width in zip(texts[1:], digits):
                        row += number[at % 19 : at % 19 + width] + text
                        at += width
                else:
                    row = texts[0]
                when = begun + dt.timedelta(seconds=n // 20)
                rows.append(f"{when} {row}\n")
            block = "".join(rows)
            size += len(block.encode())
            out.write(block)
            if n in sizes:
                marks[n] = size
    known.write_text(json.dumps(marks))
    return marks


def events(n):
    """Text of n lines that are n events: none has words in common with another."""
    rng = random.Random(SEED)
    begun = dt.datetime(2024, 3, 1)
    rows = [f"{begun + dt.timedelta(seconds=i)} INFO {' '.join(word(rng) + word(rng) for _ in range(6))}" for i in range(n)]
    return ("\n".join(rows) + "\n").encode()

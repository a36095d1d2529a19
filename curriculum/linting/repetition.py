"""Sentences that stand in two places, word for word or nearly so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from curriculum.linting.sentences import words
from curriculum.linting.texts import Said
from curriculum.packages.report import Finding

SAME = "repeated-sentence"
NEARLY = "similar-sentence"
TOO_MUCH = "too-much-to-compare"

SHORTEST = 7  # words: below that people say the same without copying
SHINGLE = 3  # words: order counts, and one changed word spoils three of them
# Jaccard: in the first 17 modules every pair above this is an echo, and most below .4 are chance.
ALIKE = 0.45
# A shingle in more sentences than this (“one or two of the”) tells nothing and costs squares.
COMMON = 40
MOST = 1_000_000  # words compared, twice the whole library: they take about 300 MB

Shingle = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    line: int
    text: str
    words: tuple[str, ...]

    @property
    def shown(self) -> str:
        text = " ".join(self.text.split())
        return text if len(text) <= 80 else f"{text[:77].rstrip()}…"


class Repetition:
    """Takes passages one after another, keeps their sentences, and compares them in the end."""

    def __init__(self) -> None:
        self.places: list[_Place] = []
        self.words = 0

    def take(self, said: Said) -> None:
        """Quotations are left out: a case and its answers quote one text."""
        if not said.compared or self.words > MOST:
            return
        for sentence in said.sentences:
            found = tuple(word.casefold().replace("’", "'") for word in words(sentence.text))
            if len(found) >= SHORTEST and not sentence.quoted:
                line = said.line_of(sentence.start)
                self.places.append(_Place(said.file, line, sentence.text, found))
                self.words += len(found)

    def findings(self) -> Iterator[Finding]:
        if self.words > MOST:
            message = "The package has too many words to compare all its sentences."
            yield Finding("package.yaml", 0, "warning", TOO_MUCH, message)
            return
        first: dict[tuple[str, ...], _Place] = {}
        for place in self.places:
            earlier = first.setdefault(place.words, place)
            if earlier is not place:
                there = f"{earlier.file}:{earlier.line}"
                message = f"“{place.shown}” stands word for word in {there} too."
                yield Finding(place.file, place.line, "error", SAME, message)
        yield from _similar(list(first.values()))


def _similar(places: list[_Place]) -> Iterator[Finding]:
    """Pairs that share enough shingles, by an index from each shingle to its sentences."""
    shingles = [_shingles(place.words) for place in places]
    index: dict[Shingle, list[int]] = defaultdict(list)
    for number, found in enumerate(shingles):
        for shingle in found:
            index[shingle].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in index.values():
        if 1 < len(numbers) <= COMMON:
            for count, later in enumerate(numbers):
                for earlier in numbers[:count]:
                    shared[earlier, later] += 1
    told: set[int] = set()
    for (earlier, later), count in sorted(shared.items()):
        # The common shingles were not counted: these few pairs are looked at again, whole.
        if later in told or count < 2:
            continue
        both = len(shingles[earlier] & shingles[later])
        either = len(shingles[earlier]) + len(shingles[later]) - both
        if both >= ALIKE * either:
            told.add(later)
            place, other = places[later], places[earlier]
            message = f"“{place.shown}” is nearly the same as in {other.file}:{other.line}."
            yield Finding(place.file, place.line, "warning", NEARLY, message)


def _shingles(found: tuple[str, ...]) -> frozenset[Shingle]:
    return frozenset(found[place : place + SHINGLE] for place in range(len(found) - SHINGLE + 1))

"""How hard a lesson is to read, from its letters, words and sentences alone."""

from __future__ import annotations

from collections.abc import Iterable

from curriculum.linting.sentences import words
from curriculum.linting.texts import Said

LONG = 6  # a word of more letters is a long one


def lix(texts: Iterable[Said]) -> float | None:
    """LIX: words a sentence, and the share of words above six letters in per cent, added.

    C. H. Björnsson, Läsbarhet (Liber, 1968); for English: J. Anderson, Lix and Rix: Variations on
    a Little-known Readability Index, Journal of Reading 26 (1983), 490-496. Prose alone: tables,
    code, headings and titles are left out. None where there is too little of it.
    """
    count = 0
    said: list[str] = []
    for each in texts:
        if each.passage.shape in ("prose", "quote"):
            found = [words(sentence.text) for sentence in each.sentences]
            count += sum(1 for sentence in found if sentence)
            said += [word for sentence in found for word in sentence]
    if len(said) < 100:  # Anderson's samples; below that a single sentence decides
        return None
    long = sum(1 for word in said if len(word) > LONG)
    return len(said) / count + 100 * long / len(said)

"""British spelling, and words that promise more than they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curriculum.linting.texts import Said
from curriculum.packages.report import Finding

AMERICAN = "american-spelling"
HYPE = "hype"

# The house writes -ise. Words that are spelt with z everywhere are named here.
ISE = re.compile(
    r"\b(?!(?:re|down|up|over|out|under|cap|king|bite-|pocket-)?siz|priz|seiz|maiz|assiz|baiz|gliz)"
    r"[a-z]{2,24}(?:iz(?:e|es|ed|er|ers|ing|ation|ations|ational)|yz(?:e|es|ed|er|ers|ing))\b",
    re.IGNORECASE,
)
# `program`, `license` and `practice` are right in some meanings and left alone.
SPELT = {
    "color": "colour", "colors": "colours", "colored": "coloured", "behavior": "behaviour",
    "behaviors": "behaviours", "behavioral": "behavioural", "favor": "favour",
    "favors": "favours", "favored": "favoured", "favorite": "favourite",
    "favorable": "favourable", "honor": "honour", "honors": "honours", "honored": "honoured",
    "labor": "labour", "neighbor": "neighbour", "neighbors": "neighbours", "rumor": "rumour",
    "rumors": "rumours", "humor": "humour", "harbor": "harbour", "flavor": "flavour",
    "endeavor": "endeavour", "center": "centre", "centers": "centres", "centered": "centred",
    "theater": "theatre", "fiber": "fibre", "liter": "litre", "liters": "litres",
    "kilometer": "kilometre", "kilometers": "kilometres", "defense": "defence",
    "offense": "offence", "pretense": "pretence", "catalog": "catalogue", "analog": "analogue",
    "traveled": "travelled", "traveling": "travelling", "traveler": "traveller",
    "modeled": "modelled", "modeling": "modelling", "labeled": "labelled",
    "labeling": "labelling", "canceled": "cancelled", "canceling": "cancelling",
    "signaled": "signalled", "signaling": "signalling", "leveled": "levelled",
    "totaled": "totalled", "channeled": "channelled", "fueled": "fuelled", "fulfill": "fulfil",
    "fulfills": "fulfils", "fulfillment": "fulfilment", "enroll": "enrol", "enrolls": "enrols",
    "enrollment": "enrolment", "enrollments": "enrolments", "skillful": "skilful",
    "gray": "grey", "aging": "ageing", "installment": "instalment",
    "installments": "instalments", "gotten": "got", "skeptic": "sceptic",
    "skeptical": "sceptical", "skepticism": "scepticism", "artifact": "artefact",
    "artifacts": "artefacts", "counselor": "counsellor", "jewelry": "jewellery",
    "aluminum": "aluminium",
}  # fmt: skip
SPELLING = re.compile(rf"\b(?:{'|'.join(SPELT)})\b", re.IGNORECASE)

LETTERS = re.compile(r"[a-z]+")

# Words of advertisements: each stands where a fact could.
PROMISES = re.compile(
    r"\b(?:game[- ]chang(?:er|ers|ing)|leverag(?:e|es|ed|ing)|in today[’']s|seamless(?:ly)?"
    r"|revolution(?:s|ary|ise|ised|ises|ising|ize|ized|izes|izing)?|unlock(?:s|ed|ing)?"
    r"|cutting[- ]edge|state[- ]of[- ]the[- ]art|best[- ]in[- ]class|world[- ]class"
    r"|supercharg(?:e|es|ed|ing)|turbocharg(?:e|es|ed|ing)|empower(?:s|ed|ing|ment)?"
    r"|synerg(?:y|ies|istic)|paradigm shift|next-level|delv(?:e|es|ed|ing)"
    r"|transformative|ground-?breaking|unparalleled|harness(?:es|ed|ing)? the power"
    r"|ever[- ](?:changing|evolving)|fast[- ]paced|rich tapestry|testament to)\b",
    re.IGNORECASE,
)


def findings(said: Said) -> Iterator[Finding]:
    text = said.passage.text
    lower = text.lower()
    # Each pattern is slow on text without its words, which is nearly all there is.
    if "z" in lower:
        for match in ISE.finditer(text):
            yield from _american(said, match, re.sub(r"z(?=[a-z]*$)", "s", match[0]))
    if not SPELT.keys().isdisjoint(LETTERS.findall(lower)):
        for match in SPELLING.finditer(text):
            yield from _american(said, match, SPELT[match[0].lower()])
    if PROMISES.search(lower):
        for match in PROMISES.finditer(text):
            yield from _hype(said, match)


def _american(said: Said, match: re.Match[str], british: str) -> Iterator[Finding]:
    if not _is_name(said.passage.text, match):
        message = f"“{match[0]}” is American spelling; here it is “{british}”."
        yield Finding(said.file, said.line_of(match.start()), "warning", AMERICAN, message)


def _hype(said: Said, match: re.Match[str]) -> Iterator[Finding]:
    if not _is_quoted(said, match):
        message = f"“{match[0]}” promises more than it says; say what happens."
        yield Finding(said.file, said.line_of(match.start()), "warning", HYPE, message)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """A capital inside a sentence: the World Health Organization spells itself."""
    before = text[: match.start()].rstrip(' \n“‘"(')
    return match[0][0].isupper() and bool(before) and before[-1] not in ".!?:…"


def _is_quoted(said: Said, match: re.Match[str]) -> bool:
    """What a seller says in a case may be as loud as sellers are."""
    if said.passage.shape == "quote":
        return True
    before = said.passage.text[: match.start()]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1

"""No cell of a CSV file is taken for a formula, and numbers stay numbers."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from people import exports

DANGEROUS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.test","click")',
    "+1+1",
    "+cmd",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "@",
    "|calc",
    "%0A=1+1",
    "%appdata%",
    "=",
    "+",
    "-",
    "--1",
    "+-1",
    "-=1",
    " =1+1",
    "   =1+1",
    "\t=1+1",
    "\tplain",
    "\rplain",
    "\nplain",
    "\r\nplain",
    "\n=1+1",
    " \t =1+1",
    " \tplain",
    "\u00a0=1+1",
    "\u2003=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\ufeff\ufeff=1+1",
    "\0=1+1",
    "\0\0@x",
    "\x01=1+1",
    "\x1f+x",
    "\u202e=1+1",
    "＝1+1",
    "＋cmd",
    "－cmd",
    "＠SUM(1)",
    "｜calc",
    "％x",
    "﹦1+1",
    " ＝1+1",
    "-5 EUR",
    "+44 20 7946 0000 x",
    "1\n=2"[1:],
]
HARMLESS = [
    "",
    "Amina Osei",
    "O'Neill",
    "a=b",
    "3 - 2",
    "amina@example.test",
    "50 % of it",
    "Ärger",
    "١٢",
    "x\ny",
    " leading blank",
    "'quoted'",
]
NUMBERS = ["-5", "+5", "-1.5", "-1,5", "-1e5", "12", "0", "-.5", "80%", "-80 %"]


@pytest.mark.parametrize("value", DANGEROUS)
def test_a_dangerous_cell_gets_an_apostrophe(value: str) -> None:
    assert exports.cell(value) == f"'{value}"


@pytest.mark.parametrize("value", HARMLESS + NUMBERS)
def test_words_and_numbers_stay_as_they_are(value: str) -> None:
    assert exports.cell(value) == value


def test_the_corpus_has_sixty_values() -> None:
    assert len(DANGEROUS + HARMLESS + NUMBERS) >= 60


def test_plain_values_are_written_plainly() -> None:
    assert exports.cell(None) == ""
    assert exports.cell(True) == "yes"
    assert exports.cell(-3) == "-3"
    assert exports.cell(date(2026, 11, 21)) == "2026-11-21"
    assert exports.cell(datetime(2026, 11, 21, 12, tzinfo=UTC)) == "2026-11-21T12:00:00+00:00"


def test_a_file_reads_back_cell_by_cell() -> None:
    response = exports.csv_response("../people: all", ["Name", "Said"], [["=A", 'say "x", y\nz']])
    text = b"".join(response.streaming_content).decode()  # type: ignore[arg-type]
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:], newline=""))) == [
        ["Name", "Said"],
        ["'=A", 'say "x", y\nz'],
    ]
    assert response["Content-Disposition"] == 'attachment; filename="people-all.csv"'

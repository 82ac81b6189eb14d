"""What share of real messages is understood: regression figures, on messages that the project collected."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from codex_checks import pages
from codex_checks.problems import PROBLEMS
from codex_checks.recorded.signatures import known
from codex_doctor.explain.likely import likely
from codex_doctor.explain.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GOLDEN: Final = Path(__file__).parents[1] / "golden"
NAMES: Final = frozenset(problem.name for problem in PROBLEMS)


def lines(name: str) -> list[str]:
    return [line for line in (GOLDEN / name).read_text("utf-8").splitlines() if not line.startswith("#")]


def told(*names: str) -> tuple[tuple[frozenset[str], str], ...]:
    """Return the messages of these files, each with the problems that it is of."""
    return tuple(
        (frozenset(problems.split()), text)
        for line in (line for name in names for line in lines(name))
        for problems, _, text in (line.partition("\t"),)
        if problems != "-" and set(problems.split()) <= NAMES
    )


MESSAGES: Final = told("messages.tsv", "recorded_words.tsv")
REPORTED: Final = told("reported.tsv")
LEARNT: Final = told("reported_words.tsv")
UNRELATED: Final = tuple(lines("unrelated.txt"))
RESEMBLING: Final = tuple(lines("resembling.txt"))


def first(text: str, most: int) -> list[str]:
    return [one.name for one in likely(text, known())[:most]]


def misunderstood(messages: tuple[tuple[frozenset[str], str], ...]) -> tuple[list[str], list[str]]:
    """Return the messages whose first answer is wrong, and those of which the first three are."""
    answered = [(names, text, first(text, 3)) for names, text in messages]
    wrong = [text for names, text, answers in answered if not names & {*answers[:1]}]
    lost = [text for names, text, answers in answered if not names & {*answers}]
    return wrong, lost


def test_nearly_every_real_message_is_understood() -> None:
    wrong, lost = misunderstood(MESSAGES)

    assert len(wrong) <= 0.03 * len(MESSAGES), wrong
    assert len(lost) <= 0.01 * len(MESSAGES), lost


def test_nearly_every_message_is_understood_that_was_collected_elsewhere() -> None:
    wrong, lost = misunderstood(REPORTED)

    assert len(wrong) <= 0.05 * len(REPORTED), wrong
    assert len(lost) <= 0.02 * len(REPORTED), lost


def test_what_was_learnt_holds_for_nearly_every_report_that_it_was_learnt_from() -> None:
    learnt = known().learnt
    assert learnt is not None
    close = [{one.name for one in learnt.heard(words(text)).alike[:3]} for _, text in LEARNT]
    lost = [text for (names, text), found in zip(LEARNT, close, strict=True) if not names & found]

    assert len(LEARNT) > 800
    assert len(lost) <= 0.02 * len(LEARNT), ("learn again: python docs/learn_words.py", lost)


def test_what_a_page_shows_of_its_problem_leads_to_it() -> None:
    seen = {name: shown for name in known().signatures if (shown := what_is_seen(name))}
    lost = {name: text for name, text in seen.items() if name not in first(text, 3)}

    assert len(seen) > 200
    assert len(lost) <= 0.1 * len(seen), lost  # what several problems say alike, and what says nothing alone


def what_is_seen(name: str) -> str:
    """Return what the page of *name* shows as it is seen."""
    section = (pages.page(name) or "").partition("## What you see")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^```text\n(.*?)^```", section, re.MULTILINE | re.DOTALL))


def test_what_other_programs_say_is_not_taken_for_a_failure_of_codex() -> None:
    taken = {text: answer for text in UNRELATED if (answer := first(text, 1))}

    assert len(UNRELATED) >= 400
    assert len(taken) <= 0.03 * len(UNRELATED), taken


def test_even_what_resembles_a_failure_of_codex_is_mostly_not_taken_for_one() -> None:
    taken = {text: answer for text in RESEMBLING if (answer := first(text, 1))}

    assert len(taken) <= 0.1 * len(RESEMBLING), taken


NOISE: Final[Mapping[str, Callable[[str], str]]] = {
    "colours": lambda text: f"\x1b[2m12:03:04\x1b[0m \x1b[1;31m\u2718\x1b[0m {text}\x1b[K",
    "json": lambda text: json.dumps({"type": "error", "message": f"Oops:\n{text}", "id": "0a1b"}),
    "json in json": lambda text: json.dumps({"inner": json.dumps({"message": text})}),
    "wrapped": lambda text: "\n".join(textwrap.wrap(text, 34)),
    "framed": lambda text: "\n".join(f"\u2502 {line:<40} \u2502" for line in textwrap.wrap(text, 40)),
    "shouted": lambda text: text.replace("'", "\u2019").replace('"', "\u201c").upper(),
    "chinese": lambda text: (
        f"\u6211\u9047\u5230\u4e86\u8fd9\u4e2a\u9519\u8bef\uff1a{text}\uff0c\u600e\u4e48\u529e\uff1f"
    ),
    "german": lambda text: f"Hallo, ich bekomme \u00bb{text}\u00ab.\n\n    at x (/home/you/x.js:1:2)\n",
    "log": lambda text: "2026-01-02T03:04:05Z INFO all is well\n" * 400 + text + "\n" + "$ \n" * 400,
}


@pytest.mark.parametrize("noise", NOISE)
def test_noise_costs_hardly_any_of_them(noise: str) -> None:
    noisy = NOISE[noise]
    turn = [*NOISE].index(noise) % 3  # a third of them for each kind: every message meets three
    understood = [bool(names & {*first(noisy(text), 3)}) for names, text in MESSAGES[turn::3]]

    assert sum(understood) >= 0.95 * len(understood)


def test_every_name_in_the_collection_is_a_problem_s_name() -> None:
    files = ("messages.tsv", "recorded_words.tsv", "reported.tsv", "reported_words.tsv")
    collected = [line for name in files for line in lines(name) if not line.startswith("-\t")]
    named = {name for line in collected for name in line.partition("\t")[0].split()}

    assert named - NAMES == set()

"""What the page of a problem must hold, told in words where it lacks it."""

from __future__ import annotations

import pytest

from codex_doctor.model import Severity
from codex_doctor.testing.pages import wrong_with
from engine import problem

ODD = problem("odd", code="ACME101", area="hosts", severity=Severity.WARNING)

PAGE = """# odd stands in the way

`ACME101` · `odd` · warning

## What you see

```text
acme: it is odd
```

It says so on every start of it.

## Why

Somebody made it so, some time ago, and left.

## What to do

Ask `acme` to make it even again, then look:

```sh
acme mend
```

## How to confirm

```sh
codex-doctor check odd
```

It says that one check is healthy.
"""


def test_a_page_that_holds_everything_is_right() -> None:
    assert list(wrong_with(ODD, PAGE)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# odd", "# Odd", "must begin with"),
        ("`ACME101`", "`ACME102`", "must begin with"),
        ("## Why", "## Because", "and must have"),
        (
            "Somebody made it so, some time ago, and left.",
            "So.",
            "the section 'Why' of its page says next to nothing: 1 word",
        ),
        ("```text", "```", "does not say what is in it"),
        ("```text", "```sh", "no text to recognise the problem by"),
        ("codex-doctor check odd", "acme look", "does not confirm with `codex-doctor check odd`"),
    ],
)
def test_what_a_page_lacks_is_told(old: str, new: str, words: str) -> None:
    assert any(words in fault for fault in wrong_with(ODD, PAGE.replace(old, new, 1)))


def test_a_page_without_a_command_is_told() -> None:
    assert any(
        "no command to copy" in fault for fault in wrong_with(ODD, PAGE.replace("```sh", "```powershell"))
    )


def test_a_problem_that_no_check_reports_need_not_be_confirmed_by_one() -> None:
    assert list(wrong_with(ODD, PAGE.replace("codex-doctor check odd", "acme look"), judged=False)) == []

"""The checks of what a shell does to Codex before anybody has typed a word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.auth.login import Login, Store, login
from codex_checks.install.binary import Binary, binary
from codex_checks.install.version import older
from codex_checks.problems import files as of_files
from codex_checks.problems import updating as of_install
from codex_checks.shells.startup import Alias, StartUp, start_up
from codex_doctor.check import Check, check
from codex_doctor.fix import Fix, ShellLine, Step, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_doctor.model import Finding

REMOVED: Final = frozenset(
    {
        "--approval-mode",
        "--auto-edit",
        "--dangerously-auto-approve-everything",
        "--full-auto",
        "--quiet",
        "-q",
    }
)
"""Options that neither `codex` nor `codex exec` has any more (asked of 0.169.0)."""

ASKED: Final = "0.169.0"
"""The version that was asked: an older one may have them still."""

NOT_OF_EXEC: Final = frozenset({"--ask-for-approval", "-a", "--search", "--no-alt-screen"})
"""Options of a session that `codex exec` does not have (asked of 0.169.0)."""

POLICIES_GONE: Final = frozenset({"on-failure", "untrusted"})
"""Values of `--ask-for-approval` that 0.169.0 refuses."""


@check(
    "files.home-is-where-you-signed-in",
    title="CODEX_HOME leads to the folder in which you are signed in",
    needs=(start_up, login),
    reports=(of_files.CODEX_HOME_POLLUTED,),
)
def home_is_where_you_signed_in(found: StartUp, here: Login) -> Iterator[Finding]:
    """Report a CODEX_HOME without a sign-in, while the usual folder has one.

    Two folders with a sign-in each are somebody's intention, and so is the keyring.
    """
    if found.usual not in found.signed_in or here.variables or here.store in {Store.KEYRING, Store.EPHEMERAL}:
        return
    now = here.file.path.parent
    away = [line for line in found.homes if line.home not in (None, found.usual, *found.signed_in)]
    says = next((line for line in away if line.home == now), away[0] if away else None)
    where = f"line {says.number} of {says.file} sets it" if says is not None else "your environment sets it"
    if here.home_source == "CODEX_HOME" and now != found.usual and here.document is None:
        yield of_files.CODEX_HOME_POLLUTED.weighed(Severity.ERROR).found(
            f"CODEX_HOME is {now}, which holds no sign-in, while {found.usual} does; {where}",
            evidence={"home": str(now), "usual": str(found.usual), "file": str(says.file) if says else None},
            fix=_unset(says.file if says else None, says.number if says else None),
        )
    elif here.home_source == "default" and says is not None:
        yield of_files.CODEX_HOME_POLLUTED.found(
            f"{where}, to {says.home}, which holds no sign-in, while {found.usual} does",
            evidence={"home": str(says.home), "usual": str(found.usual), "file": str(says.file)},
            fix=_unset(says.file, says.number),
        )


def _unset(file: Path | None, number: int | None) -> Fix:
    steps: tuple[Step, ...] = (ShellLine(line="unset CODEX_HOME"),)
    if file is not None:
        steps = (*steps, Tell(text=f"Take line {number} out of {file}, or let it hold for one program alone"))
    return Fix(summary="Let Codex use its usual folder", steps=steps)


@check(
    "install.aliases-are-understood",
    title="Your aliases for Codex give it options that it has",
    needs=(start_up, binary),
    reports=(of_install.CLI_FLAG_REMOVED,),
)
def aliases_are_understood(found: StartUp, answered: Binary) -> Iterator[Finding]:
    """Judge the options of each alias; only a version at least as new as the one that was asked."""
    if answered.version is None or older(answered.version, ASKED):
        return
    for alias in found.aliases:
        refused = _refused(alias)
        if refused is not None:
            yield of_install.CLI_FLAG_REMOVED.found(
                f"The alias `{alias.name}` in line {alias.number} of {alias.file} gives Codex {refused}, "
                f"which {answered.version} does not have",
                evidence={"file": str(alias.file), "alias": alias.name, "option": refused},
                fix=Fix(
                    summary="Correct the alias",
                    steps=(
                        Tell(text=f"Take {refused} out of line {alias.number} of {alias.file}"),
                        ShellLine(line=f"unalias {alias.name}"),
                    ),
                ),
                subjects=frozenset({alias.name}),
            )


def _refused(alias: Alias) -> str | None:
    """Return what Codex does not have of the options in an alias, or None."""
    words = [
        part for word in alias.words[1:] for part in (word.split("=", 1) if word[:2] == "--" else [word])
    ]
    runs = next((word for word in words if re.fullmatch("[a-z][a-z-]*", word)), None) in {"exec", "e"}
    for before, word in zip(("", *words), words, strict=False):
        if word in REMOVED or (runs and word in NOT_OF_EXEC):
            return word
        if before in {"--ask-for-approval", "-a"} and word in POLICIES_GONE:
            return f"{before} {word}"
    return None


CHECKS: Final[tuple[Check, ...]] = (aliases_are_understood, home_is_where_you_signed_in)

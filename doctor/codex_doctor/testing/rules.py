"""What every check must keep to, and what is said of one that does not."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Rule(StrEnum):
    """A rule, in one word; each text says what it asks for."""

    LOADS = "loads"
    """The entry point can be imported, and returns a catalogue."""
    NAMES = "names"
    """Codes, names and ids have the agreed form, and are nobody else's."""
    PAGES = "pages"
    """Every problem has a page with its four sections, a text to recognise it by and commands to copy."""
    ENDS = "ends"
    """Nothing ends the process, and nothing that is not expected raises."""
    BOUNDED = "bounded"
    """Every probe keeps its limit, every judgement is quick, nothing blocks the event loop or is endless."""
    PURE = "pure"
    """A judgement reads, runs, asks and changes nothing."""
    DETERMINISTIC = "deterministic"
    """The same facts give the same findings, elsewhere and later; so does the same machine, asked again."""
    HONEST = "honest"
    """A probe touches no more than it declares, and changes no file."""
    OFFLINE = "offline"
    """With --offline, no connection is opened and no name is resolved."""
    SECRETS = "secrets"
    """No planted secret stands in what is said, or unwrapped in a fact."""
    QUIET = "quiet"
    """Nothing is printed, and nobody writes to the terminal."""
    TIDY = "tidy"
    """The process is left as it was: environment, folder, signals, descriptors; nothing is left running."""
    DATA = "data"
    """What is found is made of findings of declared problems, and of plain data that fits into a report."""
    EXPECTED = "expected"
    """On each machine that says what it expects, that is found and nothing else."""
    SHOWN = "shown"
    """Every check is judged on some machine, and every problem is found on one."""


class Breach(Struct, frozen=True, kw_only=True):
    """That *subject* (a check, a probe, a problem or the catalogue) breaks *rule*, and how, in words."""

    rule: Rule
    subject: str
    message: str

    def __str__(self) -> str:
        return f"[{self.rule}] {self.subject}: {self.message}"

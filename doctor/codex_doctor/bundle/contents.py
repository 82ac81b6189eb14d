"""What is in a report for support: made of typed facts that a catalogue discloses, never of copied files."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.aliases import Aliases
from codex_doctor.bundle.archive import LARGEST, LARGEST_FILE, SCHEMA, LeftOut, Member, as_json, manifest
from codex_doctor.bundle.disclosure import ENGINE, joined
from codex_doctor.bundle.encoding import Encoder
from codex_doctor.bundle.scan import remains
from codex_doctor.disguised import Disguised
from codex_doctor.readings import Fact, Missing
from codex_doctor.redact import Redactor, redact
from codex_doctor.render import html
from codex_doctor.render import json as json_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from codex_doctor.bundle.disclosure import Disclosure
    from codex_doctor.bundle.scan import Remains
    from codex_doctor.context import Context
    from codex_doctor.examination import Seen
    from codex_doctor.model import Outcome, Report
    from codex_doctor.readings import Answer
    from codex_doctor.runner import Examination

REPORT: Final = "report"
PAGE: Final = "page"
"""The report again, for people: `report.html`."""

FACTS: Final = "facts"

SECRET_NAMES: Final = ("KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL", "AUTH", "COOKIE", "SESSION")
"""A variable whose name contains one of these holds a secret."""


_USERINFO: Final = re.compile(r"://(.+)@")

_ADDRESS: Final = re.compile(r"(?:https?|wss?)://[\w.\-\[\]]{1,253}(?::\d{1,5})?(?:/[\w.\-]{0,16}){0,8}")
"""An address that holds nothing but a host and a few words: `CODEX_AUTH_URL` is no secret, and is judged."""

_SETTING: Final = re.compile(r"[a-z]{1,12}")
"""A word such as `wayland`, which is what `XDG_SESSION_TYPE` says of a machine."""

_ALWAYS: Final = ("KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL")
"""A variable whose name contains one of these holds a secret even if that is a word."""


class Contents(Struct, frozen=True, kw_only=True):
    """The *members* of a report, the manifest first, and what *remains* in them and must not leave."""

    created: datetime
    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...]
    remains: tuple[Remains, ...]


def named(disclosure: Disclosure) -> tuple[str, ...]:
    """Return the names of the files that a report may have, as they can be asked for."""
    return (REPORT, PAGE, FACTS, *sorted(disclosure.files))


def disclosed(disclosures: Iterable[Disclosure | None]) -> Disclosure:
    """Return what may leave, of the engine's own facts and of all catalogues'."""
    return joined(ENGINE, *(each for each in disclosures if each is not None))


def contents(seen: Seen, report: Report, disclosure: Disclosure, *, wanted: Sequence[str]) -> Contents:
    """Return the *wanted* files of the *report* on what was *seen*, and what of them must not leave."""
    ctx = seen.context
    hide_variables(ctx)
    making = _Making(ctx, disclosure)
    members: list[Member] = []
    left_out: list[LeftOut] = []
    for name in named(disclosure):
        made = making.member(name, report, seen.examination) if name in wanted else "it was not wanted"
        if isinstance(made, str):
            left_out.append(LeftOut(what=name, why=made))
        elif len(made.content) > LARGEST_FILE or _size(members) + len(made.content) > LARGEST:
            left_out.append(LeftOut(what=name, why=f"it is too large: {len(made.content)} bytes"))
        else:
            members.append(made)
    every = (manifest(members, left_out, created=seen.started), *members)
    finished = [(member.file, member.content) for member in every]
    return Contents(
        created=seen.started,
        members=every,
        left_out=tuple(left_out),
        remains=remains(finished, known=ctx.vault.values(), aliases=making.aliases),
    )


class _Making:
    """Makes the files of one archive: the same alias, and the same number of a secret, in all of them."""

    def __init__(self, ctx: Context, disclosure: Disclosure) -> None:
        self.aliases = aliases_of(ctx)
        self._ctx = ctx
        self._disclosure = disclosure
        self._secrets: dict[str, int] = {}
        self._disguised = Disguised(ctx.vault.values())

    def member(self, name: str, report: Report, examination: Examination) -> Member | str:
        """Return the file called *name*, or why there is none."""
        answers = examination.answers
        if name in {REPORT, PAGE}:
            return self._report(name, report)
        files = self._disclosure.files
        if name == FACTS:
            apart = {probe for probe in files.values() if isinstance(answers.get(probe), Fact)}
            others = {probe: answers[probe] for probe in sorted(answers) if probe not in apart}
            return self._facts(name, others, examination.outcomes)
        probe = files[name]
        match answers.get(probe):
            case Fact() as fact:
                return self._facts(name, {probe: fact})
            case Missing(reason=reason):
                return self._redactor().text(reason)
            case None:
                return "nothing asked for it"

    def _redactor(self) -> Redactor:
        ctx = self._ctx
        return Redactor(
            known=ctx.vault.values(), home=str(ctx.home), aliases=self.aliases, disguised=self._disguised
        )

    def _report(self, name: str, report: Report) -> Member:
        ctx = self._ctx
        clean = redact(
            report, vault=ctx.vault, home=str(ctx.home), aliases=self.aliases, disguised=self._disguised
        )
        render = html.render if name == PAGE else json_form.render
        return Member(
            file=f"{REPORT}.html" if name == PAGE else f"{REPORT}.json",
            content=render(clean).encode("utf-8", "replace"),
            redactions=clean.report.redactions,
            fields=type(report).__struct_fields__,
        )

    def _facts(self, name: str, answers: Mapping[str, Answer], outcomes: Sequence[Outcome] = ()) -> Member:
        """Return the file called *name*, with *answers*, and with what the findings of *outcomes* concern."""
        redactor = self._redactor()
        encoder = Encoder(self._disclosure, redactor, self._secrets)
        facts = {probe: encoder.answer(answer) for probe, answer in answers.items()}
        subjects = [
            {
                "code": finding.problem.code,
                "detail": redactor.tree(finding.detail),
                "subjects": sorted(redactor.text(word) for word in finding.subjects),
            }
            for outcome in outcomes
            for finding in outcome.findings
            if finding.subjects
        ]
        told = {"schema": SCHEMA, "facts": facts, **({"subjects": subjects} if subjects else {})}
        return Member(
            file=f"{name}.json",
            content=as_json(told),
            redactions=dict(redactor.removed),
            fields=tuple(sorted(encoder.fields)),
        )


def hide_variables(ctx: Context) -> None:
    """Let the vault of *ctx* know every secret of the environment, whoever it is for."""
    for name, value in ctx.env.items():
        if _holds_secret(name.upper(), value):
            ctx.vault.secret(value)
        if userinfo := _USERINFO.search(value):  # a proxy's, as a rule; a password may hold anything
            for part in (userinfo[1], userinfo[1].partition(":")[2]):
                ctx.vault.secret(part)


def _holds_secret(name: str, value: str) -> bool:
    if not any(word in name for word in SECRET_NAMES) or value.startswith(("/", "~")):
        return False
    if _ADDRESS.fullmatch(value):
        return False
    return any(word in name for word in _ALWAYS) or _SETTING.fullmatch(value) is None


def aliases_of(ctx: Context) -> Aliases:
    """Return aliases for who uses this machine, and for its own name."""
    env = ctx.env
    users = [env.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")]
    hosts = [platform.node(), *(env.get(name, "") for name in ("HOSTNAME", "COMPUTERNAME"))]
    short = [host.partition(".")[0] for host in hosts]
    return Aliases(users=(ctx.home.name, *users), hosts=(*hosts, *short))


def _size(members: Sequence[Member]) -> int:
    return sum(len(member.content) for member in members)

"""The checks of Codex's settings.

Two judges look at them: our own reading, which works without Codex and says more exactly what to do,
and the real Codex where one runs, whose verdict wins. What it accepts is no fault; what only it
refuses is said in its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from codex_checks.config.dotenv import dotenv_agrees_with_the_shell
from codex_checks.config.hooks.checks import CHECKS as OF_HOOKS
from codex_checks.config.said import Refusal, Said, classify, codex_says
from codex_checks.config.settings import Layer, LayerKind, Settings, judged_settings, look, settings
from codex_checks.config.skills import skills_are_valid
from codex_checks.config.toml import Fault, FaultKind
from codex_checks.places import Environment, environment
from codex_checks.problems import config as problems
from codex_doctor.check import Check, check
from codex_doctor.fix import Fix, MoveAside, SetMode, SetOwner, ShellLine, Tell
from codex_doctor.model import Severity
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding, Problem

_UNREADABLE: Final = (
    problems.CONFIG_SYNTAX,
    problems.CONFIG_DUPLICATE_KEY,
    problems.CONFIG_WINDOWS_BACKSLASH,
    problems.CONFIG_UNREADABLE,
)

_REFUSED: Final = (
    problems.CONFIG_INVALID_TYPE,
    problems.CONFIG_UNKNOWN_VARIANT,
    problems.CONFIG_WIRE_API_CHAT,
    problems.CONFIG_RESERVED_PROVIDER_ID,
    problems.CONFIG_MCP_INVALID_TRANSPORT,
    problems.CONFIG_LEGACY_SETTING,
    problems.CONFIG_PERMISSIONS_DEFAULT_MISSING,
    problems.MODEL_PROVIDER_UNKNOWN,
    problems.MODEL_PROVIDER_INCOMPLETE,
    problems.MANAGED_POLICY_CONFLICT,
    problems.CONFIG_REFUSED,
    problems.CONFIG_HOOKS_SCHEMA,
    problems.CONFIG_RELATIVE_PATH,
)

OWN_READ: Final = 0o400
OWN_READ_AND_WRITE: Final = 0o600

_ADVICE: Final = {
    FaultKind.NOT_A_FILE: "Move it aside: Codex starts without one, and you can write a new one.",
    FaultKind.UTF_16: "Save it again as UTF-8 in your editor; what it says is whole.",
    FaultKind.WINDOWS_BACKSLASH: "Put the path on that line in single quotes: 'C:\\Users\\you'.",
    FaultKind.DUPLICATE_KEY: "Delete the line that is named, or the earlier one that sets the same key.",
}


@check(
    "config.files-parse",
    title="Codex can read its settings files",
    needs=(settings, codex_says.maybe()),
    reports=_UNREADABLE,
)
def files_parse(found: Settings, said: Said | None) -> Iterator[Finding]:
    """Report every settings file that is not readable TOML."""
    for layer in found.broken:
        if layer.fault is not None and not _accepted(layer, said):
            yield _unreadable(layer, layer.fault, found.user)
    if found.lost is not None:
        yield problems.CONFIG_UNREADABLE.weighed(Severity.WARNING).found(
            f"config.toml is a link to {found.lost}, where nothing is: Codex goes on without your settings",
            evidence={"leads_to": str(found.lost)},
            advice="Put back what the link leads to, or delete the link and write new settings.",
            subjects=frozenset({str(found.lost)}),
        )
    if said and said.refusal and not found.broken:
        problem = classify(said.refusal.words)
        if problem in _UNREADABLE:
            yield problem.found(
                f"{said.refusal.where}: {said.refusal.words}", evidence={"codex": said.version}
            )


@check(
    "config.settings-accepted",
    title="Codex accepts every setting",
    needs=(judged_settings, codex_says.maybe()),
    reports=_REFUSED,
)
def settings_accepted(found: Settings, said: Said | None) -> Iterator[Finding]:
    """Report every setting with which Codex does not start."""
    if said and said.refusal is None:
        return
    ours = list(_own_faults(found))
    yield from ours
    if said and said.refusal:
        problem = _problem_of(found, said.refusal)
        if problem in _REFUSED and not any(
            finding.problem is problem or _same(finding, said.refusal) for finding in ours
        ):
            yield problem.found(
                f"{said.refusal.where}: {said.refusal.words}", evidence={"codex": said.version}
            )


@check(
    "config.keys-known",
    title="Codex knows every setting by its name",
    needs=(judged_settings, codex_says.maybe()),
    reports=(problems.CONFIG_UNKNOWN_KEY, problems.CONFIG_PROFILE_IGNORED),
)
def keys_known(found: Settings, said: Said | None) -> Iterator[Finding]:
    """Report what is set and has no effect."""
    ours = [] if said and said.refusal is None and said.ignored is None else list(_unknown_keys(found))
    yield from ours
    if said and said.ignored and not any(_same(finding, said.ignored) for finding in ours):
        yield problems.CONFIG_UNKNOWN_KEY.found(
            f"{said.ignored.where}: {said.ignored.words}", evidence={"codex": said.version}
        )
    for layer in _judged(found):
        profiles = layer.values.get("profiles")
        if isinstance(profiles, Mapping) and profiles and "profile" not in layer.values:
            names = ", ".join(sorted(cast("Mapping[str, object]", profiles)))
            yield problems.CONFIG_PROFILE_IGNORED.found(
                f"{layer.where(('profiles',))}: Codex no longer reads [profiles.*] ({names})",
                evidence={"profiles": names},
            )


@check(
    "config.provider-key-set",
    title="The model provider's key is set where Codex looks for it",
    needs=(judged_settings, environment),
    reports=(problems.ENV_KEY_MISSING,),
)
def provider_key_set(found: Settings, env: Environment) -> Iterator[Finding]:
    """Report a provider whose `env_key` names a variable that is not set (failures.json env-key-missing)."""
    name = found.provider.get("env_key")
    if not isinstance(name, str) or not name or env.variables.get(name):
        return
    instructions = found.provider.get("env_key_instructions")
    advice = f"Set {name} in the shell that starts Codex, or in the .env file of CODEX_HOME."
    if name.startswith("CODEX_"):  # such names are dropped from the file (codex-auth 1.1)
        advice = f"Set {name} in the shell that starts Codex."
    yield problems.ENV_KEY_MISSING.found(
        f'the provider "{found.provider_id}" takes its key from {name}, which is not set',
        evidence={"provider": found.provider_id, "variable": name},
        advice=f"{advice} {instructions}" if isinstance(instructions, str) else advice,
        fix=Fix(summary=f"Set {name}", steps=(ShellLine(line=f"export {name}=YOUR-KEY"),)),
    )


@check(
    "config.addresses-usual",
    title="Codex talks to its usual addresses",
    needs=(settings, environment),
    reports=(problems.BASE_URL_OVERRIDDEN,),
)
def addresses_usual(found: Settings, env: Environment) -> Iterator[Finding]:
    """Say which address was changed, and where; that is no fault in itself."""
    ignored = (
        "; OPENAI_BASE_URL is set too, and Codex ignores it" if env.variables.get("OPENAI_BASE_URL") else ""
    )
    for key, usual in DEFAULT_ADDRESSES.items():
        url = found.text(key)
        if url and url.rstrip("/") != usual:
            yield _overridden(found, key, url, ignored)
    own = found.provider.get("base_url")
    if isinstance(own, str) and own:
        yield _overridden(found, f"model_providers.{found.provider_id}.base_url", own, ignored)


DEFAULT_ADDRESSES: Final = {
    "chatgpt_base_url": "https://chatgpt.com/backend-api",
    "openai_base_url": "https://api.openai.com/v1",
}
"""What these settings are when they are not set (codex-auth 6.1), without a last slash."""

CHECKS: Final[tuple[Check, ...]] = (
    addresses_usual,
    dotenv_agrees_with_the_shell,
    files_parse,
    *OF_HOOKS,
    keys_known,
    provider_key_set,
    settings_accepted,
    skills_are_valid,
)


def _judged(found: Settings) -> Iterator[Layer]:
    """Yield the layers that hold settings; requirements have keys of their own."""
    for layer in found.layers:
        if layer.applies and layer.kind is not LayerKind.REQUIREMENTS:
            yield layer


def _own_faults(found: Settings) -> Iterator[Finding]:
    from codex_checks.config.permissions import relative_paths, unchosen_permissions
    from codex_checks.config.rules import faults, unknown_provider

    for layer in _judged(found):
        yield from faults(layer)
    yield from unknown_provider(found)
    yield from unchosen_permissions(found)
    yield from relative_paths(found)


def _unknown_keys(found: Settings) -> Iterator[Finding]:
    from codex_checks.config.rules import unknown_keys

    for layer in _judged(found):
        yield from unknown_keys(layer)


def _accepted(layer: Layer, said: Said | None) -> bool:
    """Return whether the real Codex read *layer*; only the user's own file is shown to it for sure."""
    return said is not None and said.refusal is None and layer.kind is LayerKind.USER


def _problem_of(found: Settings, refusal: Refusal) -> Problem:
    """Return the problem of a refusal; what Codex says of a line with hooks is about their form."""
    layer = next((each for each in found.layers if each.path == refusal.file), None)
    if layer is not None and refusal.line is not None:
        keys = {path[0] for path, place in layer.places.items() if place.line == refusal.line}
        if keys == {"hooks"}:
            return problems.CONFIG_HOOKS_SCHEMA
    return classify(refusal.words)


def _same(finding: Finding, refusal: Refusal) -> bool:
    """Return whether *finding* says what Codex refused: the same problem, or the same line."""
    line = re.match(r".*?:(\d+):\d+: ", finding.detail)
    return finding.problem is classify(refusal.words) or (
        line is not None and refusal.line is not None and int(line[1]) == refusal.line
    )


def _unreadable(layer: Layer, fault: Fault, user: int | None) -> Finding:
    problem = {
        FaultKind.SYNTAX: problems.CONFIG_SYNTAX,
        FaultKind.DUPLICATE_KEY: problems.CONFIG_DUPLICATE_KEY,
        FaultKind.WINDOWS_BACKSLASH: problems.CONFIG_WINDOWS_BACKSLASH,
        FaultKind.UNREADABLE: problems.CONFIG_UNREADABLE,
        FaultKind.NOT_A_FILE: problems.CONFIG_UNREADABLE,
        FaultKind.UTF_16: problems.CONFIG_UNREADABLE,
    }[fault.kind]
    advice = _ADVICE.get(fault.kind)
    return problem.found(
        f"{layer.path}{fault.where}: {fault.message}",
        evidence={"file": str(layer.path), "line": fault.line, "column": fault.column},
        advice=advice,
        fix=_mended(layer, fault, advice or problem.advice, user),
        subjects=frozenset({str(layer.path)}),
    )


def _mended(layer: Layer, fault: Fault, advice: str, user: int | None) -> Fix:
    from codex_checks.config.mends.fixes import OWN, understood

    if fault.kind is FaultKind.NOT_A_FILE:
        aside = MoveAside(path=str(layer.path), to=f"{layer.path}.aside")
        return Fix(summary="Move it aside; it is kept", steps=(aside,))
    closed = fault.kind is FaultKind.UNREADABLE and layer.content is None and layer.kind in OWN
    if closed and layer.status and user:
        if layer.status.owner != user:
            give = SetOwner(path=str(layer.path), owner=user, was=layer.status.owner)
            return Fix(summary="Make the file yours", steps=(give,))
        if not layer.status.mode & OWN_READ:
            mode = SetMode(path=str(layer.path), mode=layer.status.mode | OWN_READ_AND_WRITE)
            return Fix(summary="Give yourself the right to read it", steps=(mode,))
    certain = understood(layer)
    return certain or Fix(summary=f"Open {layer.path} in an editor", steps=(Tell(text=advice),))


def _overridden(found: Settings, key: str, url: object, ignored: str) -> Finding:
    address = "a hidden address" if isinstance(url, Secret) else _without_user(str(url))
    path = tuple(key.split("."))
    layer = next(
        (layer for layer in reversed(found.layers) if layer.applies and look(layer.values, path)), None
    )
    where = f"{layer.where(path)}: " if layer else ""
    return problems.BASE_URL_OVERRIDDEN.found(
        f"{where}{key} is {address}{ignored}", evidence={"key": key, "address": address}
    )


def _without_user(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)

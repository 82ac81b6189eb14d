"""Whether Codex knows the model that the settings name, and the model takes what is set beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.auth.document import Mode
from codex_checks.auth.login import Login, login
from codex_checks.config.settings import Layer, LayerKind, Settings, judged_settings, settings
from codex_checks.install.binary import Codex, codex
from codex_checks.models.known import (
    BUNDLED,
    BUNDLED_WITH,
    DEFAULT,
    FALLBACK_WINDOW,
    Cache,
    Known,
    find,
    models_cache,
)
from codex_checks.models.retired import RETIRED
from codex_checks.problems import models as p
from codex_checks.problems.turns import CONTEXT_WINDOW_EXCEEDED, REASONING_EFFORT_UNSUPPORTED
from codex_checks.recorded.errors import DAY, RecordedErrors, recorded_errors
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.context import Context
    from codex_doctor.fix import Fix
    from codex_doctor.model import Finding

BUILT_IN: Final = "openai"
ADDRESSES: Final = ("chatgpt_base_url", "openai_base_url")
OWN_LIST: Final = ("model_catalog_json", "model_catalog_url")
"""Settings that give Codex another list of models."""

CHATGPT: Final = (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS)

UNSURE: Final = frozenset({"none"})
"""Efforts that a model may take without listing them."""

ULTRA: Final = "ultra"
"""Codex asks for `max` in its place where a model does not list it (put to 0.169.0)."""


class Pinned(Struct, frozen=True, kw_only=True):
    """The model that Codex takes, and what it knows of it: None where nothing.

    *layer* is the file that names it, None where it is Codex's default. *listed* says in words where Codex
    looked. *ours*: the model is asked of OpenAI, and *chatgpt* with a ChatGPT sign-in.
    """

    name: str
    layer: Layer | None
    known: Known | None
    listed: str
    chatgpt: bool = False
    ours: bool = True


@blocking_probe(
    "models.pinned",
    touches={Touches.FILES},
    limit=1.0,
    needs=(judged_settings, login, models_cache, codex.maybe()),
)
def pinned(ctx: Context, found: Settings, who: Login, cache: Cache, running: Codex | None) -> Pinned:
    """Look the model up in the list that Codex will use."""
    name = found.text("model") or DEFAULT
    if any(found.get(key) for key in OWN_LIST):
        raise NotApplicable("the settings name a list of models of their own")
    version = running.version if running is not None else None
    ours = found.provider_id == BUILT_IN and not any(found.text(key) for key in ADDRESSES)
    chatgpt = ours and who.session_mode in CHATGPT
    models, listed = _list(cache, version, who, now=ctx.now()) if chatgpt else _own_list(version)
    return Pinned(
        name=name,
        layer=_says(found, "model"),
        known=find(name, models),
        listed=listed,
        chatgpt=chatgpt,
        ours=ours,
    )


def _list(cache: Cache, version: str | None, who: Login, *, now: float) -> tuple[Mapping[str, Known], str]:
    """Return the list of the service where it is fresh and of this Codex and sign-in; else Codex's own."""
    status = who.file.status
    since = max(now - DAY, status.modified_ns / 1e9 if status is not None else 0.0)
    if cache.models is not None and cache.version == version and cache.fetched > since:
        return cache.models, f"the list that the service gave today ({cache.path})"
    return _own_list(version)


def _own_list(version: str | None) -> tuple[Mapping[str, Known], str]:
    if version != BUNDLED_WITH:
        raise NotApplicable(f"the list of models of Codex {version or '(unknown)'} is not known here")
    return BUNDLED, f"the own list of Codex {version}"


@check(
    "models.model-is-known",
    title="Codex knows the model that the settings name",
    needs=(pinned, settings),
    reports=(p.MODEL_METADATA_MISSING,),
)
def model_is_known(found: Pinned, configured: Settings) -> Iterator[Finding]:
    """Report a model that Codex does not know; a note where another provider or a key may well offer it."""
    if found.layer is None or found.known is not None or (found.chatgpt and found.name in RETIRED):
        return
    window = configured.get("model_context_window")
    if not found.ours and isinstance(window, int):
        return  # whoever runs the provider has said what Codex cannot know
    problem = p.MODEL_METADATA_MISSING
    guess = f"it takes its window for {FALLBACK_WINDOW:,} tokens" if window is None else "it guesses the rest"
    advice = None
    if not found.ours:
        advice = "Set model_context_window in config.toml to what the provider says of the model."
    yield (problem if found.chatgpt else problem.weighed(Severity.NOTE)).found(
        f"{found.layer.where(('model',), value=True)}: model is {found.name}, which does not stand in "
        f"{found.listed}; {guess}",
        evidence={"model": found.name, "window": window if isinstance(window, int) else FALLBACK_WINDOW},
        advice=advice,
        fix=_fix(found.layer, "model", "Delete the line; Codex uses its own default then")
        if found.chatgpt
        else None,
    )


@check(
    "models.settings-suit-the-model",
    title="What the settings ask of the model is what it takes",
    needs=(pinned, settings),
    reports=(REASONING_EFFORT_UNSUPPORTED, CONTEXT_WINDOW_EXCEEDED),
)
def settings_suit_the_model(found: Pinned, configured: Settings) -> Iterator[Finding]:
    """Report an effort that the model does not list, for Codex passes it on; note a window too wide."""
    known = found.known
    if known is None or not found.ours:
        return
    effort, key = configured.text("model_reasoning_effort"), "model_reasoning_effort"
    layer = _says(configured, key)
    if effort and layer and known.efforts and effort not in {*known.efforts, *UNSURE, ULTRA}:
        yield REASONING_EFFORT_UNSUPPORTED.found(
            f"{layer.where((key,), value=True)}: {key} is {effort}; {found.name} takes "
            f"{', '.join(known.efforts)}",
            evidence={"model": found.name, "effort": effort, "takes": known.efforts},
            advice=f"Set it to one of {', '.join(known.efforts)}, or delete the line.",
            fix=_fix(layer, key, f"Delete {key}; Codex then uses what suits the model"),
        )
    window, key = configured.get("model_context_window"), "model_context_window"
    layer = _says(configured, key)
    if isinstance(window, int) and layer and known.window and window > known.window:
        yield CONTEXT_WINDOW_EXCEEDED.weighed(Severity.NOTE).found(
            f"{layer.where((key,), value=True)}: {key} is {window:,}; {found.name} takes {known.window:,} at "
            "most, and Codex goes by that",
            evidence={"model": found.name, "window": window, "most": known.window},
            advice="Delete the line, and shorten long sessions with /compact before they are full.",
            fix=_fix(layer, key, "Delete the line; Codex knows the window of the model"),
        )


@check(
    "models.list-is-kept",
    title="Codex keeps the list of models where other programs look for it",
    needs=(models_cache, login, recorded_errors, settings),
    reports=(p.MODELS_CACHE_MISSING,),
)
def list_is_kept(
    cache: Cache, who: Login, records: RecordedErrors, configured: Settings
) -> Iterator[Finding]:
    """Note a list that is missing although Codex was used: with an API key, and before, it makes none."""
    if who.session_mode not in CHATGPT or configured.provider_id != BUILT_IN or records.completed is None:
        raise NotApplicable("Codex has had no reason to fetch a list of models here")
    if not cache.exists:
        yield p.MODELS_CACHE_MISSING.found(
            f"Turns were completed here, and {cache.path} does not exist", evidence={"path": cache.path}
        )


CHECKS: Final[tuple[Check, ...]] = (list_is_kept, model_is_known, settings_suit_the_model)


def _says(found: Settings, key: str) -> Layer | None:
    """Return the file whose word for *key* counts."""
    layers = (
        each for each in reversed(found.layers) if each.applies and each.kind is not LayerKind.REQUIREMENTS
    )
    return next((layer for layer in layers if key in layer.values), None)


def _fix(layer: Layer, key: str, summary: str) -> Fix | None:
    from codex_checks.config.mends.fixes import deleted

    return deleted(layer, (key,), summary)

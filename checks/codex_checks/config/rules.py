"""What Codex refuses beyond the shape of a single value, and how each such fault is said.

Every rule was seen on Codex 0.169.0 (codex-environment 4.3); the tests ask the real program again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from codex_checks.config.hooks.rule import hook_shapes
from codex_checks.config.mends.certain import certain
from codex_checks.config.mends.fixes import corrected, deleted, set_to
from codex_checks.config.mends.text import quoted
from codex_checks.config.refusal import refusal, tables
from codex_checks.config.shape import Misfit, MisfitKind, misfits
from codex_checks.problems import config as problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codex_checks.config.settings import Layer, Settings
    from codex_doctor.fix import Fix
    from codex_doctor.model import Finding
    from codex_doctor.toml.written import KeyPath

BUILT_IN_PROVIDERS: Final = frozenset(
    {"openai", "amazon-bedrock", "amazon-bedrock-runtime", "gcp", "ollama", "lmstudio"}
)
"""Provider ids that need no table (asked of Codex 0.169.0)."""

RESERVED_PROVIDERS: Final = frozenset({"openai", "ollama", "lmstudio"})
"""Provider ids that may not have a table; those of Bedrock may, to change a few of their members."""

NOT_FOR_PROGRAMS: Final = (
    "url", "auth", "bearer_token", "bearer_token_env_var", "env_http_headers", "http_headers",
    "http_headers_helper", "oauth", "oauth_resource",
)  # fmt: skip
NOT_FOR_URLS: Final = ("args", "env", "env_vars", "cwd", "bearer_token")
"""Members of an MCP server that belong to the other transport (asked of Codex 0.169.0)."""

_OFFERS: Final = (
    "The provider must offer /v1/responses; if it does not, use a gateway that translates, or another one."
)

_SAID_OTHERWISE: Final = (("model_providers", "*", "wire_api"), ("profile",))
"""Keys whose faults have a name of their own, so that no second one is given for their shape."""

_NO_LONGER: Final = {"approval_policy": frozenset({"untrusted"})}
"""Words that Codex 0.169.0 itself lists as possible, and then refuses as no longer supported."""


def faults(layer: Layer) -> Iterator[Finding]:
    """Yield everything in *layer* with which Codex does not start."""
    found = [
        misfit
        for misfit in misfits(layer.values)
        if misfit.refused and misfit.kind is not MisfitKind.UNKNOWN and not _named_otherwise(misfit.path)
    ]
    for misfit, fix in zip(found, corrected(layer, found), strict=True):
        yield told(layer, misfit, fix)
    for rule in _RULES:
        yield from rule(layer)


def unknown_keys(layer: Layer) -> Iterator[Finding]:
    """Yield everything in *layer* that Codex ignores, because it does not know the name."""
    found = [misfit for misfit in misfits(layer.values) if misfit.kind is MisfitKind.UNKNOWN]
    for misfit, fix in zip(found, corrected(layer, found), strict=True):
        yield told(layer, misfit, fix)


def told(layer: Layer, misfit: Misfit, fix: Fix | None = None) -> Finding:
    """Say *misfit* as a finding with its *fix*."""
    problem = {
        MisfitKind.TYPE: problems.CONFIG_INVALID_TYPE,
        MisfitKind.VARIANT: problems.CONFIG_UNKNOWN_VARIANT,
        MisfitKind.UNKNOWN: problems.CONFIG_UNKNOWN_KEY,
    }[misfit.kind]
    where = layer.where(misfit.path, value=misfit.kind is not MisfitKind.UNKNOWN)
    if misfit.kind is MisfitKind.UNKNOWN:
        detail = f"{where}: Codex knows no setting `{misfit.key}`"
        hint = f"did you mean `{misfit.nearest}`?" if misfit.nearest else ""
        advice = f"Rename it to `{misfit.nearest}`, or delete it." if misfit.nearest else None
    else:
        refused = _NO_LONGER.get(str(misfit.path[-1]), frozenset())
        allowed = " or ".join(word for word in misfit.expected if word not in refused)
        detail = f"{where}: {misfit.key} is {misfit.seen}, expected {allowed}"
        hint = f"did you mean {misfit.nearest}?" if misfit.nearest else ""
        advice = f"Set {misfit.key} to {allowed}, or delete the line to get the default."
    return problem.found(
        f"{detail}; {hint}" if hint else detail,
        evidence={"key": misfit.key, "nearest": misfit.nearest},
        advice=advice,
        fix=fix,
        subjects=frozenset({f"{layer.path} {misfit.key}"}),
    )


def unknown_provider(settings: Settings) -> Iterator[Finding]:
    """Yield the chosen provider where it is neither built in nor set up in any layer."""
    chosen = settings.text("model_provider")
    own = settings.table("model_providers")
    if chosen is None or chosen in BUILT_IN_PROVIDERS or chosen in own:
        return
    layer = next(
        (layer for layer in reversed(settings.layers) if layer.applies and "model_provider" in layer.values),
        None,
    )
    where = layer.where(("model_provider",), value=True) if layer else "the settings"
    ids = sorted({*own, *BUILT_IN_PROVIDERS})
    meant = certain(chosen, ids)
    known = ", ".join(ids)
    yield problems.MODEL_PROVIDER_UNKNOWN.found(
        f'{where}: there is no model provider "{chosen}"; known here: {known}',
        evidence={"model_provider": chosen},
        advice=f"Correct model_provider, or add a table [model_providers.{chosen}] for it.",
        fix=set_to(layer, ("model_provider",), quoted(meant), f"Set it to {quoted(meant)}")
        if layer and meant
        else None,
    )


def _providers(layer: Layer) -> Iterator[Finding]:
    for id_, provider in tables(layer.values.get("model_providers")):
        path = ("model_providers", id_)
        if id_ in RESERVED_PROVIDERS:
            yield refusal(
                layer,
                problems.CONFIG_RESERVED_PROVIDER_ID,
                path,
                f"[model_providers.{id_}] redefines a built-in provider",
                advice=f"Rename it to {id_}-custom, and set model_provider to that"
                + (", or delete it and set openai_base_url." if id_ == "openai" else "."),
            )
        elif not _has_text(provider.get("name")) and id_ not in BUILT_IN_PROVIDERS:
            yield refusal(
                layer, problems.MODEL_PROVIDER_INCOMPLETE, path, f"[model_providers.{id_}] has no name"
            )
        match provider.get("wire_api"):
            case None | "responses":
                pass
            case "chat":
                yield refusal(
                    layer,
                    problems.CONFIG_WIRE_API_CHAT,
                    (*path, "wire_api"),
                    f'the provider "{id_}" has wire_api = "chat"',
                    fix=set_to(layer, (*path, "wire_api"), '"responses"', 'Set it to "responses"', _OFFERS),
                )
            case str():
                yield refusal(
                    layer,
                    problems.CONFIG_UNKNOWN_VARIANT,
                    (*path, "wire_api"),
                    f'the provider "{id_}" has an unknown wire_api; the only one is "responses"',
                )
            case _:
                yield refusal(
                    layer, problems.CONFIG_INVALID_TYPE, (*path, "wire_api"), "wire_api is not a string"
                )


def _servers(layer: Layer) -> Iterator[Finding]:
    for name, server in tables(layer.values.get("mcp_servers")):
        words = _transport(server)
        if words:
            yield refusal(
                layer,
                problems.CONFIG_MCP_INVALID_TRANSPORT,
                ("mcp_servers", name),
                f'the MCP server "{name}" {words}',
            )


def _transport(server: Mapping[str, object]) -> str:
    if "command" in server:
        wrong = [key for key in NOT_FOR_PROGRAMS if key in server]
        return f"has a command, and so it cannot have {' or '.join(wrong)}" if wrong else ""
    if "url" in server:
        wrong = [key for key in NOT_FOR_URLS if key in server]
        advice = "; use bearer_token_env_var" if wrong == ["bearer_token"] else ""
        return f"has a url, and so it cannot have {' or '.join(wrong)}{advice}" if wrong else ""
    return "has neither command nor url"


def _retired(layer: Layer) -> Iterator[Finding]:
    values = layer.values
    if isinstance(values.get("profile"), str):
        name = cast("str", values["profile"])
        yield refusal(
            layer,
            problems.CONFIG_LEGACY_SETTING,
            ("profile",),
            f'profile = "{name}" is no longer supported',
            advice=f"Delete the line, move the profile's settings into {name}.config.toml beside it, "
            f"and start Codex with --profile {name}.",
        )
    elif "profile" in values:
        yield refusal(layer, problems.CONFIG_INVALID_TYPE, ("profile",), "profile is not a string")
    if values.get("approval_policy") == "untrusted":
        yield refusal(
            layer,
            problems.CONFIG_LEGACY_SETTING,
            ("approval_policy",),
            'approval_policy = "untrusted" is no longer supported',
            advice='Delete the line, or set approval_policy = "on-request".',
        )
    if isinstance(values.get("experimental_thread_store_endpoint"), str):
        yield refusal(
            layer,
            problems.CONFIG_LEGACY_SETTING,
            ("experimental_thread_store_endpoint",),
            "experimental_thread_store_endpoint is no longer supported",
            fix=deleted(layer, ("experimental_thread_store_endpoint",), "Delete it"),
        )


def _workspace(layer: Layer) -> Iterator[Finding]:
    key, value = "forced_chatgpt_workspace_id", layer.values.get("forced_chatgpt_workspace_id")
    if isinstance(value, str) and "," in value:
        ids = [quoted(one.strip()) for one in value.split(",") if one.strip()]
        fix = set_to(layer, (key,), f"[{', '.join(ids)}]", "Write the ids as a list")
        yield refusal(
            layer,
            problems.CONFIG_INVALID_TYPE,
            ("forced_chatgpt_workspace_id",),
            "forced_chatgpt_workspace_id holds several ids in one string",
            advice='Write the ids as a list: forced_chatgpt_workspace_id = ["first", "second"].',
            fix=fix if value.isprintable() else None,
        )


_RULES: Final[tuple[Callable[[Layer], Iterator[Finding]], ...]] = (
    _providers,
    _servers,
    hook_shapes,
    _retired,
    _workspace,
)


def _has_text(value: object) -> bool:
    # A name of the wrong type is said by its type.
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _named_otherwise(path: KeyPath) -> bool:
    return any(
        len(path) == len(pattern)
        and all(want in ("*", part) for want, part in zip(pattern, path, strict=True))
        for pattern in _SAID_OTHERWISE
    )

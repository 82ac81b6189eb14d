"""Problems of configuration: CDX2xx."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

CONFIG_SYNTAX: Final = Problem(
    code="CDX201",
    name="config-syntax",
    area="config",
    severity=Severity.ERROR,
    title="A settings file of Codex is not valid TOML",
    advice="Mend the line that is named: text needs quotes, and every bracket and quote its partner.",
    blocks=("config.*",),
)

CONFIG_DUPLICATE_KEY: Final = Problem(
    code="CDX202",
    name="config-duplicate-key",
    area="config",
    severity=Severity.ERROR,
    title="A settings file of Codex sets the same key or table twice",
    advice="Keep one of the two and delete the other.",
    blocks=("config.*",),
)

CONFIG_WINDOWS_BACKSLASH: Final = Problem(
    code="CDX203",
    name="config-windows-backslash",
    area="config",
    severity=Severity.ERROR,
    title="A Windows path stands in double quotes, where a backslash means something else",
    advice="Put the path in single quotes, or write it with forward slashes.",
    blocks=("config.*",),
)

CONFIG_UNREADABLE: Final = Problem(
    code="CDX204",
    name="config-unreadable",
    area="config",
    severity=Severity.ERROR,
    title="A settings file of Codex cannot be read",
    advice="Make it an ordinary text file in UTF-8 that belongs to you and that you may read.",
    blocks=("config.*",),
)

CONFIG_INVALID_TYPE: Final = Problem(
    code="CDX205",
    name="config-invalid-type",
    area="config",
    severity=Severity.ERROR,
    title="A setting has a value of the wrong type",
    advice="Correct the value on the line that is named, or delete the line to get the default.",
)

CONFIG_UNKNOWN_VARIANT: Final = Problem(
    code="CDX206",
    name="config-unknown-variant",
    area="config",
    severity=Severity.ERROR,
    title="A setting has a value that this Codex does not know",
    advice="Use one of the allowed values; if a newer Codex wrote the file, update this one.",
)

CONFIG_UNKNOWN_KEY: Final = Problem(
    code="CDX207",
    name="config-unknown-key",
    area="config",
    severity=Severity.WARNING,
    title="Codex ignores a setting because it does not know its name",
    advice="Correct the name, or delete the setting; it has no effect.",
)

CONFIG_WIRE_API_CHAT: Final = Problem(
    code="CDX208",
    name="config-wire-api-chat",
    area="config",
    severity=Severity.ERROR,
    title='A model provider uses wire_api = "chat", which Codex no longer speaks',
    advice='Set wire_api = "responses"; the provider must offer /v1/responses, or a gateway must translate.',
)

CONFIG_RESERVED_PROVIDER_ID: Final = Problem(
    code="CDX209",
    name="config-reserved-provider-id",
    area="config",
    severity=Severity.ERROR,
    title="A model provider in the settings uses the name of a built-in one",
    advice="Give your provider a name of its own, and set model_provider to it.",
)

CONFIG_MCP_INVALID_TRANSPORT: Final = Problem(
    code="CDX210",
    name="config-mcp-invalid-transport",
    area="config",
    severity=Severity.ERROR,
    title="An MCP server is set up as neither a program nor a URL, or as a mixture",
    advice="Give the server either command (with args and env) or url, and not what belongs to the other.",
)

CONFIG_PROFILE_IGNORED: Final = Problem(
    code="CDX211",
    name="config-profile-ignored",
    area="config",
    severity=Severity.WARNING,
    title="A profile in config.toml is no longer read by Codex",
    advice="Move the profile's settings into a file of its own beside config.toml, and start with --profile.",
)

CONFIG_LEGACY_SETTING: Final = Problem(
    code="CDX212",
    name="config-legacy-setting",
    area="config",
    severity=Severity.ERROR,
    title="Codex refuses a setting that it no longer supports",
    advice="Delete the setting, or use what replaced it.",
)

MODEL_PROVIDER_UNKNOWN: Final = Problem(
    code="CDX213",
    name="model-provider-unknown",
    area="config",
    severity=Severity.ERROR,
    title="The chosen model provider is neither built in nor set up",
    advice="Correct model_provider, or add a table [model_providers.<name>] for it.",
)

BASE_URL_OVERRIDDEN: Final = Problem(
    code="CDX214",
    name="base-url-overridden",
    area="config",
    severity=Severity.NOTE,
    title="Codex talks to another address than the usual one",
    advice="If you did not mean to use another address, delete the setting that is named.",
)

ENV_KEY_MISSING: Final = Problem(
    code="CDX215",
    name="env-key-missing",
    area="config",
    severity=Severity.ERROR,
    title="The model provider takes its key from a variable that is not set",
    advice="Set the variable in the shell that starts Codex, or in the .env file of CODEX_HOME.",
    explains=("not-signed-in",),
)

CONFIG_PERMISSIONS_DEFAULT_MISSING: Final = Problem(
    code="CDX216",
    name="config-permissions-default-missing",
    area="config",
    severity=Severity.ERROR,
    title="Permission profiles are set up, but none is chosen",
    advice='Add default_permissions = "<profile>" above the first table, or delete the [permissions] tables.',
)

MODEL_PROVIDER_INCOMPLETE: Final = Problem(
    code="CDX217",
    name="model-provider-incomplete",
    area="config",
    severity=Severity.ERROR,
    title="A model provider has no name of its own",
    advice='Add name = "..." to its table; Codex refuses a provider without one.',
)

MANAGED_POLICY_CONFLICT: Final = Problem(
    code="CDX218",
    name="managed-policy-conflict",
    area="config",
    severity=Severity.ERROR,
    title="A setting asks for what your organisation does not allow",
    advice="Choose one of the values that your organisation allows, or ask its administrator.",
)

CONFIG_REFUSED: Final = Problem(
    code="CDX219",
    name="config-refused",
    area="config",
    severity=Severity.ERROR,
    title="Codex refuses its settings",
    advice="Correct what Codex names, or move config.toml aside to see whether Codex starts without it.",
)

SKILL_INVALID: Final = Problem(
    code="CDX220",
    name="skill-invalid",
    area="config",
    severity=Severity.WARNING,
    title="Codex leaves out a skill because its SKILL.md is not valid",
    advice="Begin the file with three dashes, a name, a description and three dashes, each on its own line.",
)

CONFIG_HOOKS_SCHEMA: Final = Problem(
    code="CDX221",
    name="config-hooks-schema",
    area="config",
    severity=Severity.ERROR,
    title="Hooks are declared in a form that Codex does not read",
    advice='Write them as Codex reads them: for each event a list of tables with "matcher" and "hooks".',
)

LEFT_OUT: Final = Severity.WARNING
"""What hooks weigh that are left out while Codex works: those in a file of their own, or single ones."""

HOOK_FAILED: Final = Problem(
    code="CDX222",
    name="hook-failed",
    area="config",
    severity=Severity.WARNING,
    title="A hook fails whenever Codex runs it",
    advice="Correct its command, install what it runs, or switch the hook off with /hooks.",
)

HOOK_TRUST_FAILED: Final = Problem(
    code="CDX223",
    name="hook-trust-failed",
    area="config",
    severity=Severity.WARNING,
    title="Codex cannot remember that you trust a hook, because it cannot write its settings",
    advice="Make the folder of config.toml writable, or declare the trust where the file is made.",
)

CONFIG_RELATIVE_PATH: Final = Problem(
    code="CDX224",
    name="config-relative-path",
    area="config",
    severity=Severity.ERROR,
    title="A setting names a path that starts nowhere",
    advice="Write the whole path, beginning with / or ~/, or delete the setting.",
    explains=("sandbox-not-starting",),
)

BASE_URL_INVALID: Final = Problem(
    code="CDX225",
    name="base-url-invalid",
    area="config",
    severity=Severity.ERROR,
    title="An address in the settings is none that Codex can ask",
    advice="Begin the address with https://, or http:// where nothing is encrypted.",
    explains=("model-metadata-missing",),
)

CLOUD_REQUIREMENTS_INVALID: Final = Problem(
    code="CDX230",
    name="cloud-requirements-invalid",
    area="config",
    severity=Severity.ERROR,
    title="This Codex does not understand the rules that your workspace sends it",
    advice="Update Codex; the administrator of the workspace sees which rule is meant.",
    explains=("version-outdated",),
)

DOTENV_OVERRIDES_SHELL: Final = Problem(
    code="CDX231",
    name="dotenv-overrides-shell",
    area="config",
    severity=Severity.NOTE,
    title="The .env in CODEX_HOME sets variables to other values than your shell",
    advice="Take out of the file what it should not decide, and start Codex anew.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    CLOUD_REQUIREMENTS_INVALID,
    DOTENV_OVERRIDES_SHELL,
    CONFIG_SYNTAX,
    CONFIG_DUPLICATE_KEY,
    CONFIG_WINDOWS_BACKSLASH,
    CONFIG_UNREADABLE,
    CONFIG_INVALID_TYPE,
    CONFIG_UNKNOWN_VARIANT,
    CONFIG_UNKNOWN_KEY,
    CONFIG_WIRE_API_CHAT,
    CONFIG_RESERVED_PROVIDER_ID,
    CONFIG_MCP_INVALID_TRANSPORT,
    CONFIG_PROFILE_IGNORED,
    CONFIG_LEGACY_SETTING,
    MODEL_PROVIDER_UNKNOWN,
    BASE_URL_OVERRIDDEN,
    ENV_KEY_MISSING,
    CONFIG_PERMISSIONS_DEFAULT_MISSING,
    MODEL_PROVIDER_INCOMPLETE,
    MANAGED_POLICY_CONFLICT,
    CONFIG_REFUSED,
    SKILL_INVALID,
    CONFIG_HOOKS_SCHEMA,
    HOOK_FAILED,
    HOOK_TRUST_FAILED,
    CONFIG_RELATIVE_PATH,
    BASE_URL_INVALID,
)

"""Settings and variables as they may leave: how Codex is set up, and no text that somebody wrote for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from codex_doctor.redact import REMOVED, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

_SAYS: Final = """
access agents_overview_grouping alternate_screen approval_mode approval_policy approvals_reviewer auth
authorization_server_issuer base_url bearer_token_env_var callback_url chatgpt_base_url circuit_break_action
cli_auth_credentials_store client_search_provider command consolidation_model copy_on_select cwd
default_app_access default_permissions default_tools_approval_mode downloads env_key env_vars exclude
experimental_realtime_webrtc_call_base_url experimental_realtime_ws_base_url experimental_realtime_ws_model
experimental_thread_store_endpoint extract_model file_opener forced_chatgpt_workspace_id forced_login_method
full_cdp_access include_only inherit issuer last_updated log_dir mcp_oauth_callback_url
mcp_oauth_credentials_store model model_auto_compact_token_limit_scope model_catalog_url model_provider
model_reasoning_effort model_reasoning_summary model_verbosity notification_condition notification_method
notifications omit_tools_from openai_base_url oss_provider persistence personality
plan_mode_reasoning_effort profile project_root_markers remote_compaction resume_cwd review_model
right_click_paste sandbox sandbox_mode service_tier session_picker_view source_type sqlite_home
startup_readiness theme token_endpoint_auth_method transport trust_level type uploads url version voice
web_search wire_api writable_roots
"""

SAYS: Final = frozenset(_SAYS.split())
"""Settings whose text says how Codex is set up. Any other text may be a prompt, an instruction or a name."""

LONGEST: Final = 300
"""Characters: no model, word or address is longer."""

_VARIABLES: Final = """
ALL_PROXY APPDATA CI COLORTERM COMSPEC DBUS_SESSION_BUS_ADDRESS DISPLAY FTP_PROXY HOME HTTPS_PROXY
HTTP_PROXY HOMEDRIVE HOMEPATH LANG LANGUAGE LC_ALL LC_CTYPE LOCALAPPDATA LOGNAME MSYSTEM NODE_EXTRA_CA_CERTS
NODE_OPTIONS NODE_TLS_REJECT_UNAUTHORIZED NO_COLOR NO_PROXY OS PATH PATHEXT PROCESSOR_ARCHITECTURE
PROGRAMDATA PROGRAMFILES PWD REQUESTS_CA_BUNDLE SHELL SSH_CONNECTION SSH_TTY SSL_CERT_DIR SSL_CERT_FILE
SYSTEMROOT TEMP TERM TERM_PROGRAM TERM_PROGRAM_VERSION TMP TMPDIR TMUX USER USERNAME USERPROFILE VIRTUAL_ENV
VOLTA_HOME WAYLAND_DISPLAY WINDIR WSL_DISTRO_NAME WSL_INTEROP XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
XDG_RUNTIME_DIR XDG_SESSION_TYPE XDG_STATE_HOME
"""

VARIABLES: Final = frozenset(_VARIABLES.split())
"""Variables that say how a machine is set up; names of others may leave, their values do not."""

_OURS: Final = ("CODEX_", "OPENAI_", "CHATGPT_", "NPM_CONFIG_", "NVM_", "PNPM_", "BUN_")
"""What variables begin with that concern Codex, or how it is installed."""


def settings(values: Mapping[str, object]) -> dict[str, object]:
    """Return *values* with every text that is not known to say how Codex is set up as `***`."""
    return {key: _shown(key, value) for key, value in values.items()}


def _shown(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        return settings(cast("Mapping[str, object]", value))
    if isinstance(value, (tuple, list)):
        return tuple(_shown(key, item) for item in cast("Iterable[object]", value))
    if isinstance(value, str) and not isinstance(value, Secret):
        told = key in SAYS and len(value) <= LONGEST and "\n" not in value
        return str(value) if told else REMOVED
    return value


def variables(values: Mapping[str, str]) -> dict[str, str]:
    """Return *values* with every value that may say something of the user as `***`."""
    return {name: value if _tells(name) else REMOVED for name, value in values.items()}


def _tells(name: str) -> bool:
    return name.upper() in VARIABLES or name.upper().startswith(_OURS)

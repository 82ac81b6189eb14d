"""What Codex's own words for an error mean: judged by the same signatures as a message that is pasted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from codex_checks import pages
from codex_doctor.explain.matching import SURE, candidates
from codex_doctor.explain.signature import Known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.explain.matching import Candidate


@cache
def known() -> Known:
    """Return the signatures, which are read when the first error is: few machines have one."""
    found = Known()
    found.read(pages.signatures(), where="signatures")
    return found


class Signature(Struct, frozen=True):
    """A *problem*, and by what it is known.

    *words* stand in the text (in lower case, `'` for every kind of quote), *code* is the server's, *kind*
    Codex's own, *status* that of HTTP. The words are a regular expression, compiled when a text is read:
    few machines have one, and compiling them all takes 4 ms.
    """

    problem: str
    words: str | None = None
    code: str | None = None
    kind: str | None = None
    status: int | None = None


def _says(problem: str, words: str, *, status: int | None = None) -> Signature:
    return Signature(problem, words=words, status=status)


def _code(code: str, problem: str) -> Signature:
    return Signature(problem, code=code)


def _kind(kind: str, problem: str) -> Signature:
    return Signature(problem, kind=kind)


SIGNATURES: Final[tuple[Signature, ...]] = (
    # Updates (the installer of Codex, and what users reported)
    _says("standalone-install-checksum", r"could not find sha-256 digest for codex|checksum_mismatch"),
    _says("update-download-failed", r"curl: \(\d+\)(?s:.*)(?:update ran successfully|chatgpt\.com)"),
    _says("update-channel-lag", r"openai\.codex(?s:.*)no available upgrade found|no available upgrade found"),
    _says("code-mode-host-timeout", r"timed out negotiating with code-mode host"),
    _says("brew-upgrade-stuck", r"warning: codex \S+ already installed|treating codex as a cask"),
    _says("ripgrep-missing", r"spawn rg enoent"),
    _says("git-index-lock-race", r"unable to create '[^']*index\.lock': file exists"),
    # Bringing Codex here with npm (npm 11): first, for npm repeats the words of whatever failed
    _says(
        "npm-platform-tarball-unavailable",
        r"no matching version found for @openai/codex@|404 .*/@openai/codex/-/codex-[\w.\-]+\.tgz",
    ),
    _says("npm-eacces-global", r"npm err(?:or|!) (?:code eacces|.*eacces: permission denied)"),
    _says("npm-eexist-brew-conflict", r"npm err(?:or|!) (?:code eexist|.*eexist: file already exists)"),
    _says(
        "npm-registry-network",
        r"npm err(?:or|!) (?:network|(?:code|errno) (?:enotfound|eai_again|econn|etimedout|err_socket_timeout"
        r"|fetch_error|e407|(?:depth_zero_)?self_signed_cert|unable_to_|cert_has_expired))",
    ),
    # In the terminal, and without one (asked of Codex 0.169.0)
    _says("terminal-dumb", r"term is set to \"dumb\""),
    _says("stdin-not-terminal", r"stdin is not a terminal"),
    _says("terminal-cursor-position", r"cursor position could not be read within a normal duration"),
    _says("terminal-osc-leak", r"\b1[01];rgb:[0-9a-f]{2,4}/[0-9a-f]{2,4}/[0-9a-f]{2,4}"),
    _says("terminal-multiplexer-rendering", r"(?:tmux|zellij).*loses the .*background"),
    _says("cli-flag-removed", r"unexpected argument '-[^']*' found(?s:.*)usage: codex"),
    _says("cli-flag-removed", r"error: invalid value '[^']*' for '--[a-z-]+ <[a-z_]+>'"),
    # Hosts that start Codex, or do as it does, in their own words
    _says("binary-not-found-gui", r"unable to locate the codex cli binary|codex cli not found at path"),
    _says("binary-not-found-gui", r"server exited with status exit code: 1 the system cannot find the file"),
    _says("embedder-download-failed", r"saving archive contents into the temporary file for \S*codex"),
    _says("vscode-remote-stuck-loading", r"failed to load tasks"),
    _says(
        "embedder-auth-required",
        r"failed to authenticate provider: chatgpt|\[acp_thread\].*authentication required",
    ),
    _says("embedder-auth-required", r"\(-32000\).*authentication required|openai auth required"),
    _says("embedder-token-refresh-failed", r"^(?:error: )?token refresh failed: 40[013]"),
    _says("not-trusted-directory", r"not inside a trusted directory and --skip-git-repo-check"),
    _says("exec-stdin-hang", r"reading additional input from stdin\.\.\.\s*(?:<[^>]*>\s*)?$"),
    # MCP servers (asked of Codex 0.169.0): first, for they may repeat what any other server says
    _says("mcp-codex-apps-failed", r"server_name=\"codex_apps\"|mcp client for 'codex_apps' failed"),
    _says("mcp-required-failed", r"required mcp servers failed to initialize"),
    _says("mcp-startup-timeout", r"mcp client for '[^']*' (?:timed out|failed to start: request timed out)"),
    _says("mcp-startup-timeout", r"timed out handshaking with mcp server"),
    _says("mcp-env-missing", r"environment variable \S+ for mcp server '[^']*' is (?:not set|empty)"),
    _says("mcp-oauth-no-authorization-support", r"no authorization support detected"),
    _says("mcp-oauth-invalid-scope", r"error: insufficient scope, when send"),
    _says("mcp-oauth-expired", r"mcp server startup failed server_name=\S+ error=token expired"),
    _says("mcp-oauth-expired", r"mcp server requires oauth reauthentication"),
    _says("mcp-oauth-required", r"mcp server is not logged in|error: auth required, when send"),
    _says("mcp-oauth-required", r"mcp .*oauth authorization required"),
    _says("mcp-oauth-token-revoked", r"your mcp server returned http 401|mcp server .*\btoken_revoked\b"),
    _says("mcp-http-handshake-failed", r"mcp .*(?:streamablehttpclient|when send initialized notification)"),
    _says(
        "mcp-program-not-found", r"mcp client for .* failed to start: .*(?:not found|\(os error (?:2|8|13)\))"
    ),
    _says("mcp-program-not-found", r"mcp server startup failed .*error=[a-z ]+\(os error (?:2|8|13)\)"),
    _says("mcp-handshake-closed", r"handshaking with mcp server failed"),
    # Refreshing the sign-in (codex-auth 2.3)
    _code("refresh_token_reused", "refresh-token-reused"),
    _code("refresh_token_expired", "refresh-token-expired"),
    _code("refresh_token_invalidated", "refresh-token-revoked"),
    _code("refresh_token_revoked", "refresh-token-revoked"),
    _code("invalid_grant", "refresh-token-unknown"),
    _says("refresh-token-reused", r"refresh token (?:was already used|has already been used)"),
    _says("refresh-token-expired", r"your refresh token has expired"),
    _says("refresh-token-revoked", r"your refresh token was revoked"),
    _says("refresh-token-account-changed", r"have since logged out or signed in to another account"),
    _says("refresh-token-unknown", r"your access token could not be refreshed\. please log out"),
    _says("refresh-token-unknown", r"authentication session could not be refreshed automatically"),
    # Signing in (codex-auth 3.3)
    _says("device-auth-disabled", r"device code login is not enabled"),
    _says("device-auth-rate-limited", r"device code request failed with status 429"),
    _says("device-code-disabled-workspace", r"workspace admin to enable device code"),
    _says("device-code-disabled-account", r"enable device code authorization"),
    _code("token_exchange_failed", "login-token-exchange-network"),
    _says("login-token-exchange-network", r"token exchange failed: error sending request"),
    _says("login-token-exchange-network", r"error sending request for url \(\S*/(?:deviceauth|oauth)/"),
    _says("login-state-mismatch", r"login callback state mismatch|\bstate mismatch\b|\binvalid_state\b"),
    _says("login-port-in-use", r"port \S+ (?:is already )?in use|address (?:already )?in use"),
    _says("login-port-in-use", r"os error (?:48|98|10048)\)"),
    _says("login-remote-callback", r"localhost:145[57]/auth/callback\S* .*can't be reached"),
    _says("login-remote-callback", r"localhost refused to connect"),
    _says("login-browser-open-failed", r"failed to open (?:the )?browser"),
    _says("keyring-unavailable", r"failed to load cli auth from keyring"),
    _says("codex-home-readonly-mount", r"read-only file system"),
    # The account and its limits (codex-auth 5.3, codex-environment 8)
    _code("usage_limit_reached", "usage-limit-hit"),
    _code("usage_not_included", "plan-not-included"),
    _code("insufficient_quota", "api-quota-exceeded"),
    _code("deactivated_workspace", "workspace-deactivated"),
    _code("invalid_workspace_selected", "workspace-invalid-selected"),
    _code("codex_cli_workspace_disabled", "workspace-codex-disabled"),
    _says("plan-not-included", r"to use codex with your chatgpt plan, upgrade"),
    _says("usage-limit-hit", r"you've hit your usage limit|the usage limit has been reached"),
    _says("usage-limit-hit", r"you're out of codex messages|you have reached your usage limit"),
    _says("api-quota-exceeded", r"quota exceeded\. check your plan|exceeded your current quota"),
    _says("api-quota-exceeded", r"insufficient quota"),
    _kind("usageLimitExceeded", "usage-limit-hit"),
    # Refused before anything was looked at (codex-auth 5.3, codex-environment 3.3)
    _code("unsupported_country_region_territory", "region-blocked"),
    _says("region-blocked", r"country, region, or territory not supported"),
    _says("cloudflare-challenge-403", r"access blocked by cloudflare|just a moment|attention required! \|"),
    _says("cloudflare-challenge-403", r"(?s)<html.*cf-ray", status=403),
    # The model
    _code("model_not_found", "model-not-found"),
    _code("server_is_overloaded", "model-at-capacity"),
    _code("context_length_exceeded", "context-window-exceeded"),
    _code("deploymentnotfound", "azure-404"),
    _code("invalid_encrypted_content", "session-encrypted-content"),
    _says("model-not-supported-chatgpt", r"model is not supported when using codex with a chatgpt account"),
    _says("version-too-old-for-model", r"requires a newer version of codex"),
    _says("model-not-found", r"the model \S+ does not exist or you do not have access|model not found"),
    _says("context-window-exceeded", r"ran out of room in the model's context window"),
    _says("context-window-exceeded", r"exceeds the context window of this model"),
    _says("model-at-capacity", r"model is at capacity|currently experiencing high demand"),
    _says("org-not-verified", r"organization must be verified"),
    _says("reasoning-effort-unsupported", r"unsupported (?:parameter|value): '(?:model_)?reasoning"),
    _says("reasoning-effort-unsupported", r"\"param\\?\": ?\\?\"reasoning\.(?:effort|summary)"),
    _says("session-encrypted-content", r"encrypted content \S+ could not be verified"),
    _says("session-encrypted-content", r"missing required parameter: 'input\[\d+\]\.encrypted_content'"),
    _says("model-not-found", r"\"detail\\?\": ?\\?\"unsupported model\\?\""),
    _kind("modelNotFound", "model-not-found"),
    _kind("serverOverloaded", "model-at-capacity"),
    _kind("contextWindowExceeded", "context-window-exceeded"),
    _says("remote-compact-failed", r"error running remote compact task|remote compaction v2 "),
    # Hooks and settings (asked of Codex 0.169.0)
    _says("hook-trust-failed", r"failed to write hook trust"),
    _says("config-hooks-schema", r"failed to parse (?:plugin )?hooks config|struct hookstoml|in 'hooks'$"),
    _says("hook-failed", r"hook \(failed\)|hook exited with code|hook returned (?:invalid|non-json)"),
    _says("config-relative-path", r"deserialized without a base path|must be absolute, use '~"),
    # Models of others (asked of Codex 0.169.0)
    _says(
        "local-provider-unreachable", r"no running ollama server|lm studio is not responding|oss setup failed"
    ),
    _says("azure-404", r"url: https://[\w.\-]+\.azure\.com/", status=404),
    _says("custom-provider-404", r"url: (?!https://(?:api\.openai|chatgpt)\.com/)https?://", status=404),
    # Credentials that were sent, and refused
    _says("auth-missing-bearer", r"missing bearer or basic authentication|no auth credentials found"),
    _says("auth-missing-scope-responses-write", r"missing scopes: api\.responses\.write"),
    _code("invalid_api_key", "auth-401-api-key"),
    _says("auth-401-api-key", r"incorrect api key provided"),
    _code("token_expired", "auth-401-chatgpt"),
    _code("token_invalidated", "auth-401-chatgpt"),
    _says("auth-401-chatgpt", r"authentication token (?:is expired|has been invalidated)"),
    _says("auth-401-api-key", r"url: https://api\.openai\.com/", status=401),
    _says("auth-401-chatgpt", r"url: https://chatgpt\.com/", status=401),
    # The way there (codex-environment 3.3)
    _says("tls-ca-file-unreadable", r"failed to (?:load|read) ca certificate"),
    _says("tls-unknown-issuer", r"unknownissuer|unable to get local issuer certificate"),
    _says("dns-failure", r"failed to lookup address information|dns error"),
    _says("connection-reset", r"connection reset by peer|os error (?:104|10054)\)"),
    _says(
        "network-unreachable-timeout", r"request timed out \(required\)|(?:connection|operation) timed out"
    ),
    _says("network-unreachable-timeout", r"os error (?:51|60|65|101|110|113|10051|10060|10065)\)"),
    _says("stream-closed-early", r"stream closed before response\.completed"),
    _says("stream-decode-error", r"error decoding response body"),
    _says("server-error-processing", r"an error occurred while processing your request"),
    _says("rate-limited-429", r"last status: 429|unexpected status 429"),
    _kind("rateLimitExceeded", "rate-limited-429"),
    _says("service-unavailable", r"unexpected status 50[0-9]|last status: 50[0-9]"),
    _says("connection-refused", r"connection refused"),
    _says("network-send-failed", r"error sending request|typeerror: fetch failed"),
    # Codex's own databases
    _says("state-db-corrupt", r"file is not a database|database disk image is malformed"),
    _says("state-db-migration-mismatch", r"was previously applied but has been modified"),
    _says("state-db-locked", r"database is locked"),
    _says("state-db-init-failed", r"failed to initialize (?:sqlite )?state runtime"),
    _says("state-db-corrupt", r"local database appears to be damaged"),
    # The sandbox, where an older Codex or an app writes down why no command could be started
    _says("landlock-unsupported", r"error running landlock|landlockrestrict"),
    _says("linux-sandbox-shim-missing", r"unable to spawn \S+/codex-linux-sandbox"),
    _says("wsl2-wslg-mount-sandbox", r"mountinfo path is not absolute|unsupported host mount at"),
    _says("bwrap-missing", r"bubblewrap is unavailable: no system bwrap"),
    _says("bwrap-loopback-netns", r"bwrap: loopback: failed rtm_new"),
    _says("bwrap-uid-map-denied", r"bwrap: setting up uid map"),
    _says("bwrap-too-old", r"bwrap: unknown option --"),
    _says("bwrap-exec-helper-missing", r"bwrap: execvp \S+"),
    _says("bwrap-no-userns-container", r"bwrap: (?:no permissions to creat|creating new namespace failed)"),
    _says("windows-sandbox-logon-failed", r"createprocesswithlogonw failed: (?:13[0-9]{2}|1909)\b"),
    _says("windows-sandbox-createprocess", r"createprocess(?:withlogon|asuser)w failed: \d"),
    _says("windows-sandbox-setup-refresh", r"spawn setup refresh|setup refresh (?:failed|had errors)"),
    _says("inotify-exhausted", r"os file watch limit reached"),
)


def problem_of(*, text: str, code: str | None, kind: str | None, status: int | None) -> str | None:
    """Return the name of the problem that an error is a sign of, or None where it surely is of none.

    *code* is the server's word for it, *kind* Codex's own, *status* that of HTTP.
    """
    found = meanings(text=text, code=code, kind=kind, status=status)
    return found[0].name if found and found[0].score >= SURE else None


def meanings(*, text: str, code: str | None, kind: str | None, status: int | None) -> Sequence[Candidate]:
    """Return what an error may be a sign of, the most likely first."""
    said = [text, code or "", kind or "", f"status {status}" if status else ""]
    return candidates("\n".join(filter(None, said)), known(), ours=True)

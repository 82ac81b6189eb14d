"""Which fields of our facts may leave, type by type.

A new field stays until it is named here; `bundle.disclosure.Leaving` says what becomes of the fact then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks import places, repairs
from codex_checks.account import answer, credential, gates, rulings, session
from codex_checks.acts import device_answer, ending
from codex_checks.auth import beside, document, facts, left, login, renewal
from codex_checks.browser import checks as browser
from codex_checks.browser import ports as browser_ports
from codex_checks.config import dotenv, said, skills, toml
from codex_checks.config import settings as config
from codex_checks.config.hooks import reading, shape, trust
from codex_checks.disclosed import settings as shown
from codex_checks.files import git_lock, home, mounts, project, silence, watches
from codex_checks.hosts import cache as hosts_cache
from codex_checks.hosts import named as hosts_named
from codex_checks.hosts import session as hosts_session
from codex_checks.hosts import zed
from codex_checks.install import (
    abilities,
    answers,
    binary,
    found,
    header,
    installation,
    named,
    node,
    npm_log,
    ways,
)
from codex_checks.mcp import addresses, needs, servers, sign_ins, tried
from codex_checks.mcp import messages as mcp_messages
from codex_checks.mcp import recorded as mcp_recorded
from codex_checks.models import known, pinned
from codex_checks.network import gates as network_gates
from codex_checks.network import hosts, links, proxies, proxy_checks, reach, roots, status, variables
from codex_checks.official import report as official
from codex_checks.providers import own
from codex_checks.recorded import errors, seen, sqlite
from codex_checks.renewal import device, refresh_check, traces, trying
from codex_checks.sandbox import (
    bubblewrap,
    inside,
    landlock,
    policy,
    proof,
    shell,
    shims,
    surroundings,
    trial,
)
from codex_checks.shells import startup
from codex_checks.state import databases, migrations, resuming, rollouts, writing
from codex_checks.terminal import daemon, kind, stdin
from codex_checks.turns import failed
from codex_checks.windows import antivirus, ports, sandbox_log, scripts
from codex_doctor.bundle.disclosure import Disclosure, Leaving, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIGN_IN: Final[Mapping[type, Leaving]] = {
    **whole(answer.Limit, answer.ServerError, answer.Usage, answer.Window),
    **whole(credential.Credential, credential.Kind, gates.Judged, session.Session),
    **whole(rulings.Nature, rulings.Ruling, rulings.Side),
    **whole(document.Claims, document.Document, document.Fault, document.FaultKind, document.Mode),
    **whole(document.Provenance, document.Tokens, facts.ChatGPT, facts.Stored),
    **whole(left.Left, left.LeftBehind, left.What, renewal.Renewal),
    **whole(beside.Beside),
    **whole(login.AuthFile, login.Login, login.Provider, login.Rules, login.Store),
    **whole(device.Asked, device.DeviceTraces, refresh_check.Renewing, traces.Interrupted, traces.Traces),
    **whole(trying.Tried),
    **whole(browser.Attempts, browser.Place, browser.Ports, browser_ports.Taken),
    **whole(device_answer.Judgement, device_answer.Kind, ending.Ending),
}

_SETTINGS: Final[Mapping[type, Leaving]] = {
    config.Layer: Leaving(
        fields=("path", "kind", "applies", "values", "fault", "places", "status"),
        spared=("content", "meant"),
        shown={"values": shown.settings},
    ),
    config.Settings: Leaving(fields=("values", "layers", "user"), shown={"values": shown.settings}),
    places.Environment: Leaving(
        fields=("variables", "from_file", "file", "error", "lines"), shown={"variables": shown.variables}
    ),
    **whole(dotenv.Overridden),
    **whole(config.LayerKind, places.CodexHome, toml.Fault, toml.FaultKind, toml.Place),
    # The command of a hook is whatever its author wrote.
    shape.Handler: Leaving(fields=("event", "group", "number")),
    **whole(reading.HookSource, reading.Hooks, shape.Flaw, trust.Memory),
    **whole(said.Refusal, said.Ruling, said.Said, skills.Skill, skills.Skills),
}

_INSTALLATION: Final[Mapping[type, Leaving]] = {
    **whole(answers.Latest, answers.LauncherNode, answers.ScriptUtility, answers.Versions),
    **whole(binary.Binary, binary.Codex, found.Installations, header.Format, header.Header),
    **whole(installation.Channel, installation.Installation, installation.Kind, installation.Package),
    **whole(installation.Program, named.Named, node.Node, ways.Ways),
    **whole(npm_log.NpmAttempt, abilities.Ripgrep),
    **whole(hosts_cache.CacheFolder, hosts_session.Session),
    **whole(hosts_named.HostsName, hosts_named.NamedByHost, zed.Download, zed.ZedAgents),
}

_MCP: Final[Mapping[type, Leaving]] = {
    # Arguments are whatever the user gives to a program of theirs.
    servers.Program: Leaving(fields=("command", "env", "passed", "cwd"), spared=("args",)),
    **whole(servers.Address, servers.Server, servers.Servers),
    **whole(addresses.Greeted, addresses.Reached, needs.Looked, needs.Needs),
    **whole(mcp_messages.Heard, mcp_messages.Kind, mcp_recorded.Failure, mcp_recorded.Failures),
    **whole(sign_ins.SignIn, sign_ins.SignIns, tried.Ending, tried.Proved, tried.Refused),
    # What a program says is whatever it is about.
    tried.Tried: Leaving(
        fields=("server", "ending", "seconds", "words", "code", "noise", "glued", "http"),
        spared=("said", "first_noise"),
    ),
}

_NETWORK: Final[Mapping[type, Leaving]] = {
    **whole(hosts.Address, hosts.Host, hosts.Service, links.Links, network_gates.Served),
    **whole(proxies.Choice, proxies.Flaw, proxies.Setting),
    **whole(proxy_checks.ProxySetting, proxy_checks.ProxySettings, reach.Reach, reach.Visit),
    roots.Roots: Leaving(
        fields=("certificates", "sources", "of_system", "own_store", "replaced_by", "broken", "origins"),
        shown={"certificates": lambda _: ()},
    ),
    **whole(roots.Broken, status.Incident, status.Status, variables.Origins),
    **whole(own.Provider, own.Refusals, own.Route),
}

_STATE: Final[Mapping[type, Leaving]] = {
    **whole(home.HomeState, mounts.Mount, silence.Silence, watches.Watches),
    **whole(databases.DatabaseFile, databases.Databases, databases.Inside, migrations.Migration),
    **whole(errors.RecordedError, errors.RecordedErrors, errors.Unread, seen.Seen, sqlite.Fault),
    # Its first byte is that of a record, or something else; nothing of a conversation is read.
    **whole(resuming.Session, resuming.Sessions),
    **whole(rollouts.Rollout, rollouts.Rollouts, writing.Stuck, writing.Writing),
    **whole(repairs.CutOff, repairs.Repairs, git_lock.GitLock, project.Project, failed.FailedTurns),
    # Details are whatever Codex's own doctor came upon: paths of projects, titles of conversations.
    official.Row: Leaving(fields=("id", "status", "summary", "remediation")),
    **whole(official.Report),
    **whole(known.Cache, known.Known, pinned.Pinned),
}

_SANDBOX: Final[Mapping[type, Leaving]] = {
    **whole(bubblewrap.Bubblewrap, inside.Inside, landlock.Landlock, policy.Policy, proof.Proof),
    **whole(shell.LoginShell, shims.Lost, shims.Shims, surroundings.Surroundings, trial.Trial),
    # The line stands in a file of the user's own.
    shell.LostPath: Leaving(fields=("file", "line", "sha256")),
    **whole(daemon.Beside, daemon.Daemon, kind.Terminal, stdin.Standstill, stdin.Standstills),
    **whole(startup.Alias, startup.HomeLine, startup.StartUp),
    **whole(antivirus.Blocked, antivirus.Defended, ports.Reserved, scripts.ScriptPolicy),
    **whole(sandbox_log.Failure, sandbox_log.SandboxLog),
}

FILES: Final = {
    "codex-doctor": "official.own-report",
    "config": "config.settings",
    "errors": "codex.recorded-errors",
}
"""Facts in files of their own: what support staff look for first, and what another program said."""


def disclosure() -> Disclosure:
    """Return what may leave of the facts about Codex."""
    types = {**_SIGN_IN, **_SETTINGS, **_INSTALLATION, **_MCP, **_NETWORK, **_STATE, **_SANDBOX}
    return Disclosure(types=types, files=FILES)

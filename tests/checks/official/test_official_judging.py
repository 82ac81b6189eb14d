"""A row of Codex's own doctor becomes a problem of ours, a problem in its own words, or none."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.official.checks import FROM_CODEX_DOCTOR, given_report_is_content
from codex_checks.official.given import Given
from codex_checks.official.judging import findings_of
from codex_checks.official.mapping import ABOUT, FOLLOWS, RULES
from codex_checks.official.reading import read
from codex_checks.official.report import IDS, Report
from codex_doctor.model import Finding, Severity
from official import PROVENANCE, SIGNED_OUT, check, report


def read_of(document: object) -> Report:
    found = read(json.dumps(document).encode())
    assert found is not None
    return found


def found(*checks: dict[str, object]) -> list[Finding]:
    return list(findings_of(read_of(report(*checks, PROVENANCE))))


def socket(error: str, **more: str) -> dict[str, object]:
    details = {"handshake transport error": error, "proxy env vars": "none", **more}
    return check(
        "network.websocket_reachability",
        "warning",
        "Responses WebSocket failed; HTTPS fallback may still work",
        details=details,
    )


def reached(value: str) -> dict[str, object]:
    return check(
        "network.provider_reachability",
        "fail",
        "one or more required provider endpoints are unreachable over HTTP",
        details={"ChatGPT inference URL": f"https://chatgpt.com/backend-api/<redacted> {value}"},
    )


ROWS: Final[dict[str, tuple[dict[str, object], list[str]]]] = {
    "nobody is signed in": (SIGNED_OUT, ["not-signed-in"]),
    "the file of the sign-in is broken": (
        check(
            "auth.credentials",
            "fail",
            "stored credentials could not be read",
            notes=["expected value at line 1"],
        ),
        ["auth-json-invalid"],
    ),
    "the file of the sign-in may not be read": (
        check(
            "auth.credentials",
            "fail",
            "stored credentials could not be read",
            notes=["Permission denied (os error 13)"],
        ),
        ["auth-file-unreadable"],
    ),
    "a provider's key is not set": (
        check("auth.credentials", "fail", "active model provider auth env var is missing"),
        ["env-key-missing"],
    ),
    "tokens of which the report blanks which": (
        check(
            "auth.credentials",
            "fail",
            "stored credentials are incomplete",
            details={"stored auth issue": "<redacted>"},
        ),
        ["codex-doctor-says"],
    ),
    "settings with a slip": (
        check(
            "config.load",
            "fail",
            "config could not be loaded",
            details={"error": "invalid configuration", "line": "3"},
        ),
        ["config-syntax"],
    ),
    "settings with a wrong value": (
        check("config.load", "fail", "config could not be loaded", details={"error": "invalid data"}),
        ["config-refused"],
    ),
    "two things wrong with the servers": (
        check(
            "mcp.config",
            "warning",
            "MCP configuration has optional issues",
            details={"a": "cwd does not exist (/x)", "b": "env var B_KEY is not set"},
        ),
        ["mcp-cwd-missing", "mcp-env-missing"],
    ),
    "a file of authorities that is not there": (
        check("network.env", "warning", "custom CA env var points at an unreadable path"),
        ["tls-ca-file-unreadable"],
    ),
    "a damaged database": (
        check(
            "state.paths",
            "fail",
            "state database integrity check failed",
            issues=[{"severity": "fail", "cause": "state_5.sqlite is damaged", "remedy": "Move it aside."}],
        ),
        ["state-db-corrupt"],
    ),
    "an update that would change another copy": (
        check("installation", "fail", "npm install -g @openai/codex would update a different install"),
        ["update-changes-another"],
    ),
    "no ripgrep": (
        check("runtime.search", "warning", "search command could not be verified"),
        ["ripgrep-missing"],
    ),
    "little room": (check("system.disk", "warning", "low disk space (3.2 GiB)"), ["disk-nearly-full"]),
    "a sandbox of Windows without its account": (
        check("sandbox.helpers", "fail", "a Windows sandbox account is missing"),
        ["windows-sandbox-logon-failed"],
    ),
    "a quarantined program": (
        check(
            "desktop.security.enforcement",
            "fail",
            "endpoint security blocked or quarantined a Codex executable",
        ),
        ["antivirus-blocked"],
    ),
    "a background server that does not answer": (
        check("app_server.status", "warning", "background server socket is stale or unreachable"),
        ["codex-doctor-says"],
    ),
    "a check of a later version": (check("quantum.link", "fail", "the cat is both"), ["codex-doctor-says"]),
    "no terminal": (check("terminal.env", "fail", "TERM=dumb - colors and cursor control are disabled"), []),
    "an endpoint protection": (check("security.endpoint", "warning", "endpoint protection detected"), []),
    "threads that are counted in two ways": (
        check("state.rollout_db_parity", "warning", "rollout files and state DB thread inventory differ"),
        [],
    ),
    "a refused sign-in": (
        socket('http 401 Unauthorized: Some("x")', **{"auth mode": "chatgpt"}),
        ["auth-401-chatgpt"],
    ),
    "a refused key": (socket("http 401 Unauthorized", **{"auth mode": "api_key"}), ["auth-401-api-key"]),
    "a sick service": (socket("http 503 Service Unavailable"), ["service-unavailable"]),
    "a service that knows no WebSocket": (socket("http 426 Upgrade Required"), []),
    "a WebSocket that breaks off": (socket("network error: [redacted]"), ["websocket-blocked"]),
}


@pytest.mark.parametrize("what", ROWS)
def test_a_row_is_called_by_the_name_of_what_it_tells(what: str) -> None:
    row, names = ROWS[what]

    assert [finding.problem.name for finding in found(row)] == names


WAYS: Final[dict[str, tuple[str, dict[str, str], str]]] = {
    "no name server": ("connect failed (required)", {"DNS": "lookup failed (x)"}, "dns-failure"),
    "no route": (
        "connect failed (required)",
        {"DNS": "1 IPv4", "e": "(os error 101)"},
        "network-unreachable",
    ),
    "silence": ("request timed out (required)", {"DNS": "1 IPv4"}, "connection-timeout"),
    "a refusal": (
        "connect failed (required)",
        {"e": "Connection refused (os error 111)"},
        "connection-refused",
    ),
    "a certificate": (
        "TLS handshake or certificate validation failed (required)",
        {},
        "tls-handshake-failed",
    ),
    "a proxy that asks": ("proxy authentication required (required)", {}, "proxy-auth-required"),
    "a proxy in between": (
        "connect failed (required)",
        {"e": "Connection refused (os error 111)", "proxy env vars present": "HTTPS_PROXY"},
        "openai-unreachable",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_host_out_of_reach_is_told_by_what_both_rows_of_the_network_say(way: str) -> None:
    value, more, name = WAYS[way]

    assert [finding.problem.name for finding in found(reached(value), socket("x", **more))] == [name]


def test_a_row_that_only_follows_from_another_is_no_second_finding() -> None:
    broken = check(
        "config.load", "fail", "config could not be loaded", details={"error": "invalid configuration"}
    )

    assert [
        each.problem.name for each in found(broken, SIGNED_OUT, reached("connect failed (required)"))
    ] == ["config-syntax"]


def test_a_key_beside_a_sign_in_shows_in_two_rows_that_disagree() -> None:
    well = check("network.provider_reachability", details={"reachability mode": "API key auth"})
    other = check("network.websocket_reachability", details={"auth mode": "chatgpt"})

    (finding,) = found(well, other)

    assert finding.problem.name == "stale-openai-api-key-env"
    assert "reachability mode: API key auth" in finding.detail


@pytest.mark.parametrize(
    ("version", "names"), [("0.150.0", ["codex-doctor-says"]), ("0.169.0", []), ("unavailable", [])]
)
def test_a_background_server_of_an_older_version_shows_in_a_row_that_is_content(
    version: str, names: list[str]
) -> None:
    findings = found(check("app_server.status", details={"app-server version": version}))

    assert [finding.problem.name for finding in findings] == names
    assert all("app-server version: 0.150.0" in finding.detail for finding in findings)


def test_what_has_no_name_is_quoted_with_what_codex_advises() -> None:
    (finding,) = found(
        check("git.environment", "warning", "git executable was not found", remediation="Install Git.")
    )

    assert finding.detail == "Codex's own doctor says: git executable was not found"
    assert finding.advice == 'Codex\'s own doctor advises: "Install Git."'
    assert finding.problem.severity is Severity.WARNING


def test_a_row_of_which_the_status_is_missing_counts_only_for_what_it_says_plainly() -> None:
    silent: dict[str, Any] = {**SIGNED_OUT, "status": None}
    vague = {**check("runtime.search", summary="search"), "status": None}

    assert [each.problem.name for each in found(silent, vague)] == ["not-signed-in"]


ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS: Final = st.fixed_dictionaries(
    {"status": st.sampled_from(["ok", "warning", "fail"]) | ANYTHING},
    optional=dict.fromkeys(("id", "summary", "details", "notes", "issues", "remediation"), ANYTHING),
)


@given(checks=st.dictionaries(st.sampled_from(sorted(IDS)), MEMBERS, max_size=4), overall=ANYTHING)
def test_rows_of_any_shape_are_told_in_lines_of_bounded_length(
    checks: dict[str, object], overall: object
) -> None:
    content = json.dumps({"checks": checks, "overallStatus": overall}).encode()

    for finding in given_report_is_content(Given(where="r.json", report=read(content), fault="none")):
        assert "\n" not in finding.detail
        assert len(finding.detail) < 2000


def test_every_row_that_the_mapping_names_is_one_that_codex_has() -> None:
    named = {rule.check for rule in RULES} | {row for pair in FOLLOWS for row in pair}

    assert named <= set(IDS)
    assert set(ABOUT) <= set(IDS.values())


def judged(document: object, *, cut: int | None = None) -> Finding:
    text = json.dumps(document, indent=1)
    (finding,) = given_report_is_content(Given(where="r.json", report=read(text[:cut].encode())))
    return finding


def test_a_given_report_without_a_fault_is_a_note_that_says_how_little_that_proves() -> None:
    finding = judged(report(PROVENANCE, overall="ok"))

    assert (finding.problem.name, finding.problem.severity) == ("codex-doctor-says", Severity.NOTE)
    assert finding.detail.startswith("r.json holds 1 checks of Codex 0.169.0, and none tells of a fault.")


def test_a_cut_report_that_calls_itself_failed_is_asked_for_again() -> None:
    finding = judged(report(PROVENANCE, SIGNED_OUT), cut=500)

    assert finding.problem.name == "codex-doctor-report-incomplete"
    assert finding.problem.severity is Severity.WARNING
    assert "its own verdict is fail" in finding.detail


def test_the_head_of_the_report_is_told_by_the_machine_that_was_reported() -> None:
    state = check("state.paths", details={"CODEX_HOME": "/home/sam/.codex (dir)"})
    machine = FROM_CODEX_DOCTOR.machine
    assert machine is not None

    assert machine.tell(Given(where="x", report=read_of(report(PROVENANCE, state)))) == {
        "codex": "0.169.0",
        "codex_home": "/home/sam/.codex",
        "os": "linux",
        "arch": "x86_64",
    }

"""Every problem of Codex that has a name: one module for each hundred of codes.

A code or name is never used again: what is retired goes into `RETIRED` with what became of it.
"""

from typing import Final

from codex_checks.problems import (
    account,
    attempt,
    browser,
    config,
    doctor,
    files,
    hosts,
    install,
    limits,
    mcp,
    models,
    network,
    providers,
    sandbox,
    service,
    signin,
    sources,
    state,
    terminal,
    tls,
    turns,
    updating,
    windows,
)
from codex_doctor.model import Problem
from codex_doctor.settings import problems as settings

PROBLEMS: Final[tuple[Problem, ...]] = tuple(
    sorted(
        (
            *signin.PROBLEMS,
            *account.PROBLEMS,
            *attempt.PROBLEMS,
            *browser.PROBLEMS,
            *config.PROBLEMS,
            *network.PROBLEMS,
            *tls.PROBLEMS,
            *service.PROBLEMS,
            *limits.PROBLEMS,
            *models.PROBLEMS,
            *providers.PROBLEMS,
            *turns.PROBLEMS,
            *install.PROBLEMS,
            *updating.PROBLEMS,
            *terminal.PROBLEMS,
            *sandbox.PROBLEMS,
            *files.PROBLEMS,
            *state.PROBLEMS,
            *mcp.PROBLEMS,
            *hosts.PROBLEMS,
            *settings.PROBLEMS,
            *doctor.PROBLEMS,
            *windows.PROBLEMS,
            *sources.PROBLEMS,
        ),
        key=lambda problem: problem.code,
    )
)

RETIRED: Final[dict[str, str]] = {}

"""Every check of Codex, explicit and sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks import pages, repairs
from codex_checks.account import checks as account
from codex_checks.account import round_trip_check
from codex_checks.acts.install.asked import INSTALLING
from codex_checks.auth import checks as auth
from codex_checks.auth.again import RENEWING, SIGNING_IN
from codex_checks.auth.files import RESAVING
from codex_checks.background import RESTARTING
from codex_checks.browser import checks as browser
from codex_checks.config import checks as config
from codex_checks.declared import further
from codex_checks.files import checks as files
from codex_checks.hosts import checks as hosts
from codex_checks.hosts import offered
from codex_checks.install import checks as install
from codex_checks.install.binary import Codex, codex
from codex_checks.install.found import Installations, installations
from codex_checks.mcp import checks as mcp
from codex_checks.models import checks as models
from codex_checks.network import checks as network
from codex_checks.official import checks as official
from codex_checks.places import CodexHome, codex_home
from codex_checks.problems import PROBLEMS, RETIRED
from codex_checks.providers import checks as providers
from codex_checks.renewal import checks as renewal
from codex_checks.sandbox import checks as sandbox
from codex_checks.shells import checks as shells
from codex_checks.state import checks as state
from codex_checks.terminal import checks as terminal
from codex_checks.turns import checks as turns
from codex_checks.windows import checks as windows
from codex_doctor.catalogue import Catalogue, Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.bundle.disclosure import Disclosure
    from codex_doctor.check import Check
    from codex_doctor.command import Command
    from codex_doctor.repair.handler import Handler

CHECKS: Final[tuple[Check, ...]] = (
    *account.CHECKS,
    *round_trip_check.CHECKS,
    *auth.CHECKS,
    *browser.CHECKS,
    *config.CHECKS,
    *files.CHECKS,
    *hosts.CHECKS,
    *install.CHECKS,
    *mcp.CHECKS,
    *models.CHECKS,
    *network.CHECKS,
    *official.CHECKS,
    *providers.CHECKS,
    *renewal.CHECKS,
    *repairs.CHECKS,
    *sandbox.CHECKS,
    *shells.CHECKS,
    *state.CHECKS,
    *turns.CHECKS,
    *terminal.CHECKS,
    *windows.CHECKS,
)


def catalogue() -> Catalogue:
    """Return the catalogue of Codex, for the entry point `codex_doctor.catalogues`."""
    return Catalogue(
        checks=tuple(sorted(CHECKS, key=lambda check: check.id)),
        problems=PROBLEMS,
        page=pages.page,
        page_file=pages.page_file,
        machine=Machine(needs=(codex_home, codex.maybe(), installations.maybe()), tell=_machine),
        retired=RETIRED,
        signatures=pages.signatures,
        recalls=_recalls,
        commands=_commands,
        options=(official.FROM_CODEX_DOCTOR, offered.MODELS),
        steps={
            INSTALLING: _installing,
            RENEWING: _renewing,
            RESAVING: _resaving,
            RESTARTING: _restarting,
            SIGNING_IN: _signing_in,
        },
        discloses=_discloses,
        further=further,
    )


def _recalls(facts: Mapping[str, object], now: float) -> Mapping[str, str]:
    from codex_checks.recorded.recalling import recalled

    return recalled(facts, now)


def _commands() -> tuple[Command, ...]:
    from codex_checks.commands.import_auth import import_auth
    from codex_checks.commands.install import install
    from codex_checks.commands.login import login
    from codex_checks.commands.logout import logout
    from codex_checks.commands.refresh import refresh
    from codex_doctor.command import Command

    return (
        Command(name="import-auth", run=import_auth, examples=("import-auth auth.json", "import-auth -")),
        Command(name="install", run=install, examples=("install --into codex",)),
        Command(name="login", run=login, examples=("login", "login --events")),
        Command(name="logout", run=logout, examples=("logout",)),
        Command(name="refresh", run=refresh, examples=("refresh --within 600",)),
    )


def _discloses() -> Disclosure:
    from codex_checks.disclosed.types import disclosure

    return disclosure()


def _installing() -> Handler:
    from codex_checks.acts.install.handler import HANDLER

    return HANDLER


def _renewing() -> Handler:
    from codex_checks.acts.refresh_step import HANDLER

    return HANDLER


def _signing_in() -> Handler:
    from codex_checks.acts.login_step import HANDLER

    return HANDLER


def _restarting() -> Handler:
    from codex_checks.acts.daemon_step import HANDLER

    return HANDLER


def _resaving() -> Handler:
    from codex_checks.acts.resave_step import HANDLER

    return HANDLER


def _machine(home: CodexHome, found: Codex | None, copies: Installations | None) -> Mapping[str, str | None]:
    chosen = copies.chosen if copies else None
    return {
        "codex": found.version if found else None,
        "codex_home": str(home.path),
        "channel": str(chosen.channel) if chosen else None,
    }

"""Whether Codex can trust whom it is connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.network.diagnosis import diagnose
from codex_checks.network.gates import secured
from codex_checks.network.remedies import remedy
from codex_checks.network.roots import BUNDLES, Roots, roots
from codex_checks.network.telling import report
from codex_checks.network.variables import unset
from codex_checks.problems import tls as problems
from codex_doctor.check import Check, check
from codex_doctor.dial import Fault
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, ShellLine, Tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_checks.network.reach import Reach, Visit
    from codex_doctor.model import Finding


@check(
    "tls.authority-files-are-readable",
    title="The files of certificates that variables name can be used",
    needs=(roots,),
    reports=(problems.TLS_CA_FILE_UNREADABLE,),
)
def authority_files_are_readable(found: Roots) -> Iterator[Finding]:
    """Judge the one file at which Codex stops."""
    broken = found.broken
    if broken is None:
        return
    where = found.origins.where(broken.variable)
    yield problems.TLS_CA_FILE_UNREADABLE.found(
        f"{broken.variable} (set in {where}) names {broken.path}: {broken.why}",
        evidence={"variable": broken.variable, "file": broken.path, "set_in": where},
        fix=unset(broken.variable, found.origins),
    )


@check(
    "tls.system-has-roots",
    title="This system has a list of certificate authorities",
    needs=(roots,),
    reports=(problems.TLS_NO_SYSTEM_ROOTS,),
)
def system_has_roots(found: Roots) -> Iterator[Finding]:
    """Judge whether anybody at all is trusted; macOS and Windows keep their own list."""
    if found.own_store or found.replaced_by:
        raise NotApplicable("Codex does not use a system's list of authorities in files here")
    if found.of_system:
        return
    yield problems.TLS_NO_SYSTEM_ROOTS.found(
        f"There is no certificate in {BUNDLES[0]} or any other usual place",
        evidence={"looked_in": BUNDLES},
        fix=Fix(
            summary="Install the authorities that everybody trusts",
            steps=(
                ShellLine(line="apt-get update && apt-get install -y ca-certificates"),
                Tell(text="Alpine: apk add ca-certificates. Fedora and RHEL: dnf install ca-certificates."),
            ),
        ),
    )


@check(
    "tls.certificates-are-trusted",
    title="The certificates of the hosts that Codex needs are good for them today",
    needs=(secured,),
    reports=(
        problems.TLS_UNKNOWN_ISSUER,
        problems.TLS_CERTIFICATE_EXPIRED,
        problems.TLS_HOSTNAME_MISMATCH,
    ),
)
def certificates_are_trusted(found: Reach) -> Iterator[Finding]:
    """Judge the certificates that were refused."""
    diagnosis = diagnose(found)
    for problem in certificates_are_trusted.reports:
        visits = diagnosis.get(problem)
        if visits:
            advice = _replaced(found.roots) if problem is problems.TLS_UNKNOWN_ISSUER else None
            yield report(
                problem,
                visits,
                found,
                advice=advice,
                fix=remedy(problem, visits, found),
                shown=_shown(visits),
                trusted=_trusted(found.roots),
            )


def _replaced(found: Roots) -> str | None:
    """Return the advice where it is a variable that took the public authorities away."""
    if found.replaced_by is None:
        return None
    where = found.origins.where(found.replaced_by)
    return (
        f"{found.replaced_by} (set in {where}) replaces the authorities of the system: "
        "unset it and name the same file in CODEX_CA_CERTIFICATE, which adds to them."
    )


def _shown(visits: Sequence[Visit]) -> str:
    said: dict[str, None] = {}
    for visit in visits:
        shown = visit.attempt.certificate
        if shown is None:
            continue
        until = f"{shown.not_before:%Y-%m-%d} to {shown.not_after:%Y-%m-%d}"
        times = (
            f", valid {until}" if visit.attempt.fault in (Fault.TLS_EXPIRED, Fault.TLS_NOT_YET_VALID) else ""
        )
        said[f"{shown.subject or 'no name'}, issued by {shown.issuer or 'nobody named'}{times}"] = None
    return "; ".join(said)


def _trusted(found: Roots) -> str:
    own = ("the system's own store",) if found.own_store else ()
    return ", ".join((*found.sources, *own)) or "nobody"


@check(
    "tls.handshakes-succeed",
    title="The hosts that Codex needs agree on TLS",
    needs=(secured,),
    reports=(problems.TLS_HANDSHAKE_FAILED,),
)
def handshakes_succeed(found: Reach) -> Iterator[Finding]:
    """Judge handshakes that failed before or beside the certificate."""
    visits = diagnose(found).get(problems.TLS_HANDSHAKE_FAILED)
    if visits:
        yield report(problems.TLS_HANDSHAKE_FAILED, visits, found)


CHECKS: Final[tuple[Check, ...]] = (
    authority_files_are_readable,
    certificates_are_trusted,
    handshakes_succeed,
    system_has_roots,
)

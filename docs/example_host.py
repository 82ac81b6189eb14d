"""A host that starts Codex: it asks whether that will work, signs in where that is missing, then starts it.

python docs/example_host.py codex exec "Say hello"
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import codex_doctor
from codex_checks import signin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor import Checked, Report


def main(argv: Sequence[str]) -> int:
    """Start *argv*, which is Codex and its arguments, if Codex will work here."""
    environment = dict(os.environ)  # the one in which Codex will be started, whatever the host adds to it
    report = codex_doctor.diagnose(env=environment, deadline=5, on_check=progress)
    if wants_sign_in(report):
        try:
            signin.login(on_event=dialogue)
        except signin.ActError as error:
            print(f"Not signed in: {error}")
            return 1
        report = codex_doctor.diagnose(env=environment, on_check=progress)  # "I have logged in": is it so?
    if report.exit_code == 1:
        answer = report.findings[0]
        print(f"Codex will not work here: {answer.title}. {answer.detail}")
        print(answer.advice)
        return 1
    return subprocess.run(argv, env=environment, check=False).returncode  # noqa: S603 - the host's own purpose


def progress(checked: Checked) -> None:
    """Show what was looked at."""
    print(f"  looked at {checked.id}: {checked.verdict}", file=sys.stderr)


def wants_sign_in(report: Report) -> bool:
    """Whether signing in is what mends it, and nothing else has to be mended before."""
    fix = report.findings[0].fix if report.exit_code == 1 else None
    return fix is not None and any(line.startswith("codex-doctor login") for line in fix.commands)


def dialogue(event: signin.Event) -> None:
    """Show the user what to do, and how long there is for it."""
    match event:
        case signin.DeviceCode():
            print(f"Open {event.verification_url} and enter {event.user_code}", flush=True)
        case signin.Waiting():
            print(f"  {event.seconds_left} seconds left", file=sys.stderr)
        case _:
            pass  # what becomes of it, the caller learns


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

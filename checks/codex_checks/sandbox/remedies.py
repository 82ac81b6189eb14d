"""What to do where bubblewrap does not start: as near to the cause as what was seen allows.

Nothing here weakens the machine: no switch of the kernel is turned for every program where a profile for
one does it, and going without a sandbox is only spoken of inside a container, which is one itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.problems import sandbox as problems
from codex_checks.sandbox.surroundings import Surroundings
from codex_doctor.fix import Fix, ShellLine

if TYPE_CHECKING:
    from codex_checks.sandbox.trial import Trial
    from codex_doctor.model import Problem

PROFILE: Final = "bwrap-userns-restrict"
"""AppArmor's own profile for bubblewrap; it is for /usr/bin/bwrap, and for no copy of it elsewhere."""

_FULL: Final = "codex --sandbox danger-full-access"

_OPTIONS: Final = {
    "Docker": "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`",
    "Podman": "`--security-opt seccomp=unconfined --security-opt unmask=ALL`",
    "Kubernetes": "a securityContext whose seccompProfile and appArmorProfile are of type Unconfined",
    "LXC": "`lxc config set NAME security.nesting=true`, on Proxmox `pct set ID --features nesting=1`",
}
"""What each maker of containers must be told, so that programs in them may make namespaces."""


def remedy(problem: Problem, tried: Trial, install: str | None) -> tuple[str, str | None, Fix | None]:
    """Return what is seen around, the advice where it is more exact than the general, and the fix.

    *install* is the command that brings the system's bubblewrap, where there is none and it is known.
    """
    around = tried.around or Surroundings()
    if around.container is not None:
        return _in_container(around.container)
    if problem in {problems.BWRAP_LOOPBACK_NETNS, problems.BWRAP_UID_MAP_DENIED}:
        return _under_apparmor(around, tried, install)
    if problem is problems.BWRAP_NO_USERNS_CONTAINER:
        return _forbidden(around, tried)
    return "", None, None


def _in_container(maker: str) -> tuple[str, str | None, Fix | None]:
    option = _OPTIONS.get(maker)
    how = f", with {option}" if option else ""
    advice = (
        f"Start the container so that it may make user namespaces{how}. Or let the container be the sandbox, "
        f"where it holds nothing that Codex may not touch: `{_FULL}`, in here and nowhere else."
    )
    summary = "Let the container be the sandbox, if it can be thrown away"
    fix = Fix(summary=summary, steps=(ShellLine(line=_FULL),))
    return f"; this is a container of {maker}", advice, fix


def _under_apparmor(
    around: Surroundings, tried: Trial, install: str | None
) -> tuple[str, str | None, Fix | None]:
    if not around.apparmor:
        return "", None, None
    seen = "; AppArmor allows user namespaces only to programs that have a profile"
    lines: list[str] = []
    if tried.own:
        seen += ", and the bubblewrap in Codex's package has none"
        lines.append(install or "sudo apt-get install bubblewrap")
    if around.profiles:
        lines += [f"sudo apparmor_parser -r {path}" for path in around.profiles]
    else:
        lines += [
            "sudo apt-get install apparmor-profiles",
            f"sudo install -m 0644 /usr/share/apparmor/extra-profiles/{PROFILE} /etc/apparmor.d/",
            f"sudo apparmor_parser -r /etc/apparmor.d/{PROFILE}",
        ]
    steps = tuple(ShellLine(line=line) for line in lines)
    return seen, None, Fix(summary="Give bubblewrap, and nothing else, its profile", steps=steps)


def _forbidden(around: Surroundings, tried: Trial) -> tuple[str, str | None, Fix | None]:
    if around.switched_off:
        switch = "kernel.unprivileged_userns_clone" if around.clone == 0 else "user.max_user_namespaces"
        advice = (
            "Ask whoever runs this machine for a bubblewrap that is installed setuid root: "
            "it works without that switch."
        )
        return f"; {switch} is 0", advice, None
    if "ENOSPC" in tried.complaint:
        advice = (
            "End programs that hold namespaces, such as containers and browsers, "
            "or ask whoever runs this machine for a higher limit."
        )
        return f"; user.max_user_namespaces is {around.most}", advice, None
    advice = (
        "Start Codex from a plain terminal: whatever started this shell "
        "forbids its programs to make namespaces."
    )
    return "", advice, None

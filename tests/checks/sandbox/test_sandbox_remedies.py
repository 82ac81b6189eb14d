"""What is said to do where bubblewrap does not start: by what was seen around it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_checks.problems.sandbox import (
    BWRAP_LOOPBACK_NETNS,
    BWRAP_NO_USERNS_CONTAINER,
    BWRAP_UID_MAP_DENIED,
    SANDBOX_NOT_STARTING,
)
from codex_checks.sandbox.bubblewrap import Bubblewrap
from codex_checks.sandbox.checks import bubblewrap_starts
from codex_checks.sandbox.complaints import meaning
from codex_checks.sandbox.surroundings import Surroundings, look_around
from codex_checks.sandbox.trial import Trial
from codex_doctor.fix import command
from engine import context

if TYPE_CHECKING:
    from codex_doctor.model import Finding

NOT_ALLOWED = "No permissions to create a new namespace"
LOOPBACK = "loopback: Failed RTM_NEWADDR: Operation not permitted"


def _finding(
    complaint: str, around: Surroundings, *, own: bool = False, install: str | None = None
) -> Finding:
    tried = Trial(program=Path("/usr/bin/bwrap"), own=own, worked=False, complaint=complaint, around=around)
    found = Bubblewrap(copy=Path("codex"), version=None, install=install)
    (finding,) = bubblewrap_starts(tried, found)
    return finding


def _commands(finding: Finding) -> list[str]:
    steps = finding.fix.steps if finding.fix else ()
    return [line for step in steps if (line := command(step, os="linux"))]


def test_in_a_container_its_maker_and_its_option_are_named() -> None:
    finding = _finding(NOT_ALLOWED, Surroundings(container="Docker"))

    assert finding.problem is BWRAP_NO_USERNS_CONTAINER
    assert "container of Docker" in finding.detail
    assert "seccomp=unconfined" in finding.advice


def test_in_a_container_it_is_said_where_alone_full_access_is_right() -> None:
    finding = _finding(LOOPBACK, Surroundings(container="LXC"))

    assert "nowhere else" in finding.advice
    assert _commands(finding) == ["codex --sandbox danger-full-access"]


@pytest.mark.parametrize(
    "around",
    [
        Surroundings(),
        Surroundings(clone=0),
        Surroundings(most=0),
        Surroundings(apparmor=True),
        Surroundings(apparmor=True, profiles=("/etc/apparmor.d/bwrap",)),
    ],
    ids=["nothing", "clone", "most", "apparmor", "profile"],
)
@pytest.mark.parametrize(
    "complaint", [NOT_ALLOWED, LOOPBACK, "setting up uid map: Permission denied", "else"]
)
def test_outside_of_a_container_nothing_weakens_the_machine(around: Surroundings, complaint: str) -> None:
    finding = _finding(complaint, around, own=True)
    said = " ".join([finding.advice, *_commands(finding)])

    assert "danger-full-access" not in said
    assert "sysctl" not in said
    assert "unprivileged_userns" not in said


@pytest.mark.parametrize("switch", [Surroundings(clone=0, most=9), Surroundings(clone=1, most=0)])
def test_a_switch_that_is_off_is_named(switch: Surroundings) -> None:
    name = "unprivileged_userns_clone" if switch.clone == 0 else "max_user_namespaces"
    finding = _finding(NOT_ALLOWED, switch)

    assert f"{name} is 0" in finding.detail
    assert "setuid" in finding.advice


def test_a_limit_that_is_used_up_is_told_with_its_value() -> None:
    finding = _finding("Creating new namespace failed: nesting depth exceeded (ENOSPC)", Surroundings(most=9))

    assert finding.problem is BWRAP_NO_USERNS_CONTAINER
    assert "max_user_namespaces is 9" in finding.detail


def test_apparmor_without_a_profile_gets_one_for_bubblewrap_alone() -> None:
    finding = _finding(LOOPBACK, Surroundings(apparmor=True))

    assert finding.problem is BWRAP_LOOPBACK_NETNS
    assert _commands(finding)[0] == "sudo apt-get install apparmor-profiles"
    assert _commands(finding)[-1].startswith("sudo apparmor_parser -r /etc/apparmor.d/")


def test_codexs_own_bubblewrap_is_replaced_by_the_one_that_has_the_profile() -> None:
    around = Surroundings(apparmor=True, profiles=("/etc/apparmor.d/bwrap-userns-restrict",))
    finding = _finding("setting up uid map: Permission denied", around, own=True)

    assert finding.problem is BWRAP_UID_MAP_DENIED
    assert _commands(finding) == [
        "sudo apt-get install bubblewrap",
        "sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict",
    ]


def test_the_package_manager_of_the_machine_is_used() -> None:
    finding = _finding(
        LOOPBACK, Surroundings(apparmor=True), own=True, install="sudo zypper install bubblewrap"
    )

    assert _commands(finding)[0] == "sudo zypper install bubblewrap"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("bwrap: loopback: Failed RTM_NEWLINK: Operation not permitted", "bwrap-loopback-netns"),
        ("bwrap: setting up uid map: Permission denied", "bwrap-uid-map-denied"),
        ("bwrap: No permissions to create new namespace", "bwrap-no-userns-container"),
        ("bwrap: Creating new namespace failed: Operation not permitted", "bwrap-no-userns-container"),
        ("bwrap: setting up namespace failed", "bwrap-no-userns-container"),
        ("bwrap: Failed to make / slave: Permission denied", "bwrap-no-userns-container"),
        ("bwrap: Unknown option --argv0", "bwrap-too-old"),
        ("bubblewrap is unavailable: no system bwrap was found on PATH", "bwrap-missing"),
        ("bwrap: execvp /usr/lib/codex: No such file or directory", "bwrap-exec-helper-missing"),
        ("error running landlock: Sandbox(LandlockRestrict)", "landlock-unsupported"),
        ("filesystem-restricted execution requires bubblewrap to isolate", "legacy-landlock-incompatible"),
        ("are incompatible with --use-legacy-landlock", "legacy-landlock-incompatible"),
        ("error building bubblewrap command: mountinfo path is not absolute", "wsl2-wslg-mount-sandbox"),
        ("has an unsupported host mount at /mnt/wslg/distro; remove", "wsl2-wslg-mount-sandbox"),
        ("bubblewrap, which is not supported on WSL1 because", "wsl1-unsupported"),
        ("sandbox-exec: execvp() of 'cat README.md' failed: No such file", "seatbelt-exec-failed"),
        ("sandbox-exec: sandbox_apply: Operation not permitted", "seatbelt-exec-failed"),
        ("app-server socket directory must be a user-owned directory", "sandbox-not-starting"),
        ("", "sandbox-not-starting"),
    ],
)
def test_real_complaints_are_understood(said: str, name: str) -> None:
    assert meaning(said).name == name


def _around(root: Path, files: dict[str, str], env: dict[str, str] | None = None) -> Surroundings:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return look_around(context(root, env=env))


@pytest.mark.parametrize(
    ("files", "env", "container"),
    [
        ({}, {}, None),
        ({".dockerenv": ""}, {}, "Docker"),
        ({"run/.containerenv": ""}, {}, "Podman"),
        ({"proc/1/cgroup": "0::/docker/f00\n"}, {}, "Docker"),
        ({"proc/self/cgroup": "0::/kubepods.slice/cri-containerd-f00.scope\n"}, {}, "Kubernetes"),
        ({"proc/1/cgroup": "0::/lxc/web\n"}, {}, "LXC"),
        ({"proc/1/cgroup": "0::/user.slice/user-1000.slice\n"}, {}, None),
        ({"run/systemd/container": "lxc\n"}, {}, "LXC"),
        ({}, {"container": "podman"}, "Podman"),
        ({}, {"container": "toolbx"}, "toolbx"),
        ({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "Kubernetes"),
    ],
)
def test_containers_are_known_by_their_traces(
    tmp_path: Path, files: dict[str, str], env: dict[str, str], container: str | None
) -> None:
    assert _around(tmp_path, files, env).container == container


def test_the_switches_of_the_kernel_are_read(tmp_path: Path) -> None:
    around = _around(
        tmp_path,
        {
            "proc/sys/kernel/unprivileged_userns_clone": "0\n",
            "proc/sys/user/max_user_namespaces": "63000\n",
            "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
            "etc/apparmor.d/bwrap-userns-restrict": "",
            "etc/apparmor.d/firefox": "",
        },
    )

    assert around == Surroundings(
        clone=0,
        most=63000,
        apparmor=True,
        profiles=(str(tmp_path / "etc/apparmor.d/bwrap-userns-restrict"),),
    )
    assert around.switched_off


def test_a_kernel_without_these_switches_is_read_as_one(tmp_path: Path) -> None:
    assert look_around(context(tmp_path)) == Surroundings()


def test_what_is_not_known_keeps_its_own_words() -> None:
    assert _finding("something new", Surroundings()).problem is SANDBOX_NOT_STARTING

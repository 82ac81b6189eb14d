"""Who is to sign in is shown where and what to enter; a browser is opened only where they sit."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import segno
from msgspec.structs import replace

from codex_checks.acts.events import Completed, DeviceCode, Waiting
from codex_checks.browser.surroundings import why_not
from codex_checks.commands.browser import open_page
from codex_checks.commands.invitation import WARNING, Invitation
from codex_checks.commands.qr import BORDER, picture
from codex_doctor.render.style import Style
from engine import context
from repairs import Listener
from signins import LINUX, MACOS, WINDOWS, WSL
from terminals import OnTerminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.events import Event
    from codex_doctor.context import Context, System

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs of these tests are Unix's")

URL = "https://auth.openai.com/codex/device"
CODE = DeviceCode(verification_url=URL, user_code="ABCD-12345", expires_at="2026-11-20T09:20:10Z")


def here(
    folder: Path, *, system: System = LINUX, env: Mapping[str, str] | None = None, opener: str = "xdg-open"
) -> Context:
    """Return a machine with a display, on which *opener* writes down which page it was to open."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    path = programs / opener
    path.write_text(f'#!/bin/sh\necho "$@" > {folder}/opening; mv {folder}/opening {folder}/opened\n')
    path.chmod(0o755)
    found = {"PATH": f"{programs}:/usr/bin:/bin", "DISPLAY": ":0", **(env or {})}
    return replace(context(folder, env=found), system=system)


def opened(folder: Path) -> str:
    """Return what was opened, once it was."""
    until = time.monotonic() + 30
    while not (folder / "opened").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return (folder / "opened").read_text()


def shown(
    door: Listener, ctx: Context, *told: Event, events: bool = False, browser: bool | None = None
) -> str:
    """Return what is said through *door* when all this is told."""
    invitation = Invitation(door, ctx, events=events, browser=browser)
    for event in told:
        invitation.tell(event)
    return "\n".join(door.said)


def test_one_line_says_where_and_one_what_and_one_until_when(tmp_path: Path) -> None:
    text = shown(Listener(), here(tmp_path), CODE)

    assert f"  open    {URL}\n  enter   ABCD-12345\n  before  2026-11-20 09:20 UTC\n" in text
    assert WARNING in text


def test_the_time_that_is_left_is_shown_in_minutes(tmp_path: Path) -> None:
    text = shown(Listener(), here(tmp_path), Waiting(seconds_left=65), Waiting(seconds_left=9))

    assert text == "1:05 left\n0:09 left"


def test_hosts_get_lines_of_json_alone(tmp_path: Path) -> None:
    text = shown(Listener(interactive=True), here(tmp_path), CODE, Waiting(seconds_left=9), events=True)

    first, second = map(json.loads, text.splitlines())
    assert first["user_code"] == "ABCD-12345"
    assert second == {"event": "waiting", "seconds_left": 9}


def test_that_the_service_is_waited_for_is_said_once_where_nobody_watches(tmp_path: Path) -> None:
    waits = [Waiting(seconds_left=left, name="device-auth-rate-limited") for left in (60, 59)]

    text = shown(Listener(), here(tmp_path), *waits)

    assert text == "The service gives out no codes for now; it is asked again in 1:00."


def test_where_somebody_watches_it_is_counted_down(tmp_path: Path) -> None:
    waits = [Waiting(seconds_left=left, name="device-auth-rate-limited") for left in (60, 59)]

    assert shown(Listener(interactive=True), here(tmp_path), *waits).endswith("it is asked again in 0:59")


def test_what_is_not_for_it_to_show_is_passed_over(tmp_path: Path) -> None:
    assert shown(Listener(), here(tmp_path), Completed()) == ""


AT_THE_DOOR = """
import sys; sys.path[:0] = [{tests!r}]
from pathlib import Path
from codex_checks.acts.events import DeviceCode, Waiting
from codex_checks.commands.invitation import Invitation
from codex_doctor.door import Terminal
from test_commands_invitation import CODE, here
invitation = Invitation(Terminal(), here(Path({folder!r})), events=False, browser=None)
invitation.tell(CODE)
left = 900
while not Path({folder!r}, "opened").exists():
    invitation.tell(Waiting(seconds_left=(left := left - 1)))
"""


def test_enter_opens_the_page_where_the_user_sits(tmp_path: Path) -> None:
    tests = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    script = AT_THE_DOOR.format(tests=tests[0], folder=str(tmp_path)).replace(f"[{tests[0]!r}]", repr(tests))
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}

    with OnTerminal([sys.executable, "-c", script], env=env) as ran:
        ran.wait_for("Enter opens the page here, Ctrl-C calls it off")
        assert not (tmp_path / "opened").exists()
        ran.press("\n")
        assert ran.end() == 0

    assert opened(tmp_path) == f"{URL}\n"


@pytest.mark.parametrize(
    ("system", "opener", "said"),
    [
        (LINUX, "xdg-open", URL),
        (WSL, "wslview", URL),
        (WSL, "explorer.exe", URL),
        (MACOS, "open", URL),
        (WINDOWS, "rundll32", f"url.dll,FileProtocolHandler {URL}"),
    ],
)
def test_each_system_has_its_own_way_to_open_a_page(
    tmp_path: Path, system: System, opener: str, said: str
) -> None:
    ctx = here(tmp_path, system=system, opener=opener, env={"DISPLAY": ":0"})
    ctx = replace(ctx, env={**ctx.env, "PATH": str(tmp_path / "bin") + ":/bin"})

    assert why_not(ctx) is None
    assert open_page(ctx, URL)
    assert opened(tmp_path) == f"{said}\n"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"SSH_CONNECTION": "1.2.3.4 1 5.6.7.8 22"}, "you are connected over SSH"),
        ({"SSH_TTY": "/dev/pts/0"}, "you are connected over SSH"),
        ({"container": "podman"}, "this is a container"),
        ({"DISPLAY": ""}, "there is no display"),
        ({"PATH": "/nowhere"}, "nothing here opens web pages"),
    ],
)
def test_far_from_the_user_none_is_opened_and_none_is_offered(
    tmp_path: Path, more: dict[str, str], reason: str
) -> None:
    ctx, door = here(tmp_path, env=more), Listener(interactive=True)

    assert why_not(ctx) == reason
    assert "Enter opens" not in shown(door, ctx, CODE, Waiting(seconds_left=9))
    assert f"The page was not opened: {reason}." in shown(door, ctx, CODE, browser=True)
    assert not (tmp_path / "opened").exists()


def test_a_container_is_known_by_its_file_too(tmp_path: Path) -> None:
    (tmp_path / ".dockerenv").touch()

    assert why_not(here(tmp_path)) == "this is a container"


def test_a_display_of_wayland_is_one_and_windows_needs_none(tmp_path: Path) -> None:
    without = {"DISPLAY": ""}

    assert why_not(here(tmp_path, env={**without, "WAYLAND_DISPLAY": "wayland-0"})) is None
    assert why_not(here(tmp_path, env=without, system=WSL, opener="wslview")) is None
    assert why_not(here(tmp_path, env=without, system=MACOS, opener="open")) is None


def test_a_page_is_opened_at_once_where_that_is_asked_for(tmp_path: Path) -> None:
    shown(Listener(), here(tmp_path), CODE, browser=True)

    assert opened(tmp_path) == f"{URL}\n"


def test_no_browser_is_offered_where_none_is_wanted(tmp_path: Path) -> None:
    assert "Enter opens" not in shown(Listener(interactive=True), here(tmp_path), CODE, browser=False)


def test_a_browser_that_does_not_start_is_told(tmp_path: Path) -> None:
    ctx = here(tmp_path)
    (tmp_path / "bin" / "xdg-open").write_text("#!/nowhere/sh\n")

    assert "The page was not opened: the browser could not be started." in shown(
        Listener(), ctx, CODE, browser=True
    )


def modules(drawn: str, *, light: str) -> list[list[int]]:
    """Read a picture back: what is dark is 1. *light* is the letter of two light modules."""
    halves = {" ": (0, 0), "\u2584": (0, 1), "\u2580": (1, 0), "\u2588": (1, 1)}
    rows: list[list[int]] = []
    for line in drawn.splitlines():
        pairs = [halves[letter] for letter in line]
        rows += [[above for above, _ in pairs], [below for _, below in pairs]]
    return rows if light == " " else [[1 - module for module in row] for row in rows]


@pytest.mark.parametrize("colour", [True, False])
def test_a_telephone_reads_the_address(colour: bool) -> None:
    drawn = picture(URL, Style(colour=colour))
    assert drawn is not None
    plain = drawn.replace("\x1b[30;107m", "").replace("\x1b[0m", "")

    rows = modules(plain, light=" " if colour else "\u2588")

    expected = [list(row) for row in segno.make(URL, error="l", micro=False).matrix_iter(border=BORDER)]
    assert rows[: len(expected)] == expected
    assert not any(map(any, rows[len(expected) :]))


@pytest.mark.parametrize("style", [Style(ascii=True), Style(width=30)], ids=["ASCII", "narrow"])
def test_a_terminal_that_cannot_show_a_picture_gets_none(style: Style) -> None:
    assert picture(URL, style) is None


def test_without_the_extra_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)

    assert picture(URL, Style()) is None


def test_a_picture_is_shown_on_a_terminal_alone(tmp_path: Path) -> None:
    ctx = here(tmp_path)

    assert "\u2588" in shown(Listener(interactive=True), ctx, CODE)
    assert "\u2588" not in shown(Listener(), ctx, CODE)

"""A browser that a test drives as a person does: keys go in, and what stands on the page comes out.

It is spoken to in the DevTools protocol over two pipes, so that no port is open and no package is needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from browsers import browser

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_LAUNCH: Final = (
    "import fcntl, os, sys; free = lambda each: fcntl.fcntl(int(each), fcntl.F_DUPFD, 9); "
    "said, heard = map(free, sys.argv[1:3]); "
    "os.dup2(said, 3); os.dup2(heard, 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""The browser reads commands from descriptor 3, and writes answers to 4."""

KEYS: Final = {
    # what a key is called in the protocol: its number, and the text that it types
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Space": (32, " "),
    "Escape": (27, ""),
    "ArrowDown": (40, ""),
}

SHIFT: Final = 8

PATIENCE: Final = 60
"""Seconds for one answer: it starts a dozen processes, on a machine that may be busy."""

FOCUSED: Final = """(() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    tag: one.localName, text: one.textContent.trim().slice(0, 60), name: one.getAttribute("aria-label") || "",
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
})()"""
"""What has the focus, whether a ring shows that, and whether it stands in the window."""


class Page:
    """A page in a browser."""

    def __init__(self, heard: int, said: int) -> None:
        self._heard = os.fdopen(heard, "rb")
        self._said = os.fdopen(said, "wb", buffering=0)
        self._number = 0
        self._session: str | None = None
        self._rest = b""

    def show(self, url: str) -> None:
        """Open *url*, and wait until it has loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.go(url)
        self.ask("Page.bringToFront")

    def go(self, url: str) -> None:
        """Lead the browser to *url* anew, the focus before its beginning, and wait until it has loaded."""
        for each in ("about:blank", url):
            self.ask("Page.navigate", url=each)
            while self.value("location.href + document.readyState") != f"{each}complete":
                pass

    def ask(self, method: str, **params: Any) -> Any:  # noqa: ANN401 - what the protocol takes and gives
        """Return what the browser answers to *method*."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            asked["sessionId"] = self._session
        self._said.write(json.dumps(asked).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, (method, message)
                return message["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._heard], [], [], PATIENCE)[0], "the browser says nothing"
            more = os.read(self._heard.fileno(), 1 << 16)
            assert more, "the browser has gone"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told

    def value(self, expression: str) -> Any:  # noqa: ANN401 - any value of a script
        """Return the value of the script *expression*, waited for where it is a promise."""
        told = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return told["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release *key*."""
        number, text = KEYS[key]
        told = {
            "key": " " if key == "Space" else key,
            "code": key,
            "windowsVirtualKeyCode": number,
            "modifiers": SHIFT if shift else 0,
        }
        self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **told)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **told)

    def walk(self, *, shift: bool = False, most: int = 200) -> list[dict[str, Any]]:
        """Press Tab until the focus has left the page, or come round; return what had it on the way."""
        seen: list[dict[str, Any]] = []
        for _ in range(most):
            self.press("Tab", shift=shift)
            focused = self.value(FOCUSED)
            if focused is None or focused in seen:
                return seen
            seen.append(focused)
        raise AssertionError(f"the focus does not leave: {seen[-3:]}")

    def tree(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return the role, the name and the properties of all that a screen reader is told of, in order."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        return [
            (
                node["role"]["value"],
                node.get("name", {}).get("value", ""),
                {each["name"]: each["value"].get("value") for each in node.get("properties", ())},
            )
            for node in nodes
            if not node["ignored"]
        ]

    def close(self) -> None:
        """Close the pipes: the browser ends by itself then."""
        self._said.close()
        self._heard.close()


@contextlib.contextmanager
def driven(page: Path, folder: Path) -> Generator[Page]:
    """Show *page* in a browser, or skip the test where there is none; *folder* is for what it keeps."""
    if sys.platform == "win32":
        pytest.skip("a browser takes pipes by their number on Unix alone")
    commands, said = os.pipe()
    heard, answers = os.pipe()
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    started = subprocess.Popen(
        [
            *(sys.executable, "-c", _LAUNCH, str(commands), str(answers)),
            *(browser(), "--remote-debugging-pipe", *options),
        ],
        pass_fds=(commands, answers),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(commands)
    os.close(answers)
    one = Page(heard, said)
    try:
        one.ask("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        one.show(page.as_uri())
        yield one
        one.ask("Browser.close")
    finally:
        one.close()
        started.terminate()
        started.wait()

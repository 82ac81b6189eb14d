"""What the user is shown while a sign-in waits for them: where to go, what to enter, how long there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.acts.events import DeviceCode, Event, Waiting, line
from codex_checks.browser.surroundings import why_not
from codex_checks.commands.browser import open_page
from codex_checks.commands.qr import picture

if TYPE_CHECKING:
    from codex_doctor.command import Door
    from codex_doctor.context import Context

WARNING: Final = "Enter no code that somebody else gave you: it would sign them in as you."


class Invitation:
    """Shows through *door* what happens while somebody signs in; with *events* as JSON Lines.

    *browser*: whether the page is opened here. None leaves it to the user, who may press Enter.
    """

    def __init__(self, door: Door, ctx: Context, *, events: bool, browser: bool | None) -> None:
        self._door = door
        self._ctx = ctx
        self._events = events
        self._browser = browser
        self._page = ""
        self._offered = False
        self._said: set[str] = set()

    def tell(self, event: Event) -> None:
        """Show *event*."""
        if self._events:
            self._door.say(line(event), shown=event.user_code if isinstance(event, DeviceCode) else "")
        match event:
            case DeviceCode():
                self._page = event.verification_url
                if not self._events:
                    self._invite(event)
                if self._browser:
                    self._open()
            case Waiting() if not self._events:
                self._wait(event)
            case _:
                return

    def _invite(self, code: DeviceCode) -> None:
        door, paint = self._door, self._door.style.paint
        drawn = picture(code.verification_url, door.style) if door.interactive else None
        self._offered = self._browser is None and door.interactive and why_not(self._ctx) is None
        offer = "Enter opens the page here, " if self._offered else ""
        door.say("To sign in, on this machine or on any other:\n")
        door.say(f"  open    {paint(code.verification_url, 'bold')}")
        door.say(f"  enter   {paint(code.user_code, 'bold')}", shown=code.user_code)
        door.say(f"  before  {code.expires_at[:16].replace('T', ' ')} UTC\n")
        if drawn is not None:
            door.say(f"{drawn}\n")
        door.say(WARNING)
        door.say(f"{offer}Ctrl-C calls it off; what is stored stays until the new sign-in is there.")

    def _wait(self, waiting: Waiting) -> None:
        minutes, seconds = divmod(waiting.seconds_left, 60)
        left = f"{minutes}:{seconds:02d}"
        if waiting.name is None:
            self._door.passing(f"{left} left")
        elif self._door.interactive:
            self._door.passing(f"The service gives out no codes for now; it is asked again in {left}")
        elif waiting.name not in self._said:
            self._said.add(waiting.name)
            self._door.note(f"The service gives out no codes for now; it is asked again in {left}.")
        if self._offered and self._door.pressed():
            self._offered = False
            self._open()

    def _open(self) -> None:
        """Open the page here, or say why not."""
        reason = why_not(self._ctx)
        if reason is None and not open_page(self._ctx, self._page):
            reason = "the browser could not be started"
        if reason is not None and not self._events:
            self._door.note(f"The page was not opened: {reason}.")

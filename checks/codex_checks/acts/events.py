"""What happens to a sign-in while somebody watches, as data: one JSON object a line, for `--events`.

Names and fields are stable: hosts that draw their own dialogue read them. Moments are those of
`moments.stamp`.
"""

from __future__ import annotations

from msgspec import Struct


class DeviceCode(Struct, frozen=True, kw_only=True, tag_field="event", tag="device_code"):
    """The user is to enter *user_code* at *verification_url* before *expires_at*.

    The code signs in whoever enters it: it is shown, and goes nowhere else, into no log either.
    """

    verification_url: str
    user_code: str
    expires_at: str

    def __repr__(self) -> str:
        return f"DeviceCode(verification_url={self.verification_url!r}, expires_at={self.expires_at!r})"


class Waiting(Struct, frozen=True, kw_only=True, tag_field="event", tag="waiting", omit_defaults=True):
    """Nobody has entered the code yet; or, where *name* is that of a problem, it is waited out first."""

    seconds_left: int
    name: str | None = None


class Completed(Struct, frozen=True, kw_only=True, tag_field="event", tag="completed"):
    """It is done."""


class Failed(Struct, frozen=True, kw_only=True, tag_field="event", tag="failed"):
    """It was not done. *name* and *code* are those of a problem, null where none fits."""

    name: str | None
    code: str | None
    detail: str


class Refreshed(Struct, frozen=True, kw_only=True, tag_field="event", tag="refreshed"):
    """The sign-in was renewed; *expires_at* is null where the access token does not say when it ends."""

    expires_at: str | None


class NotDue(Struct, frozen=True, kw_only=True, tag_field="event", tag="not_due"):
    """The sign-in was not due for renewal."""


Event = DeviceCode | Waiting | Completed | Failed | Refreshed | NotDue


def line(event: Event) -> str:
    """Return *event* as one line of JSON, without a line feed."""
    import msgspec

    return msgspec.json.encode(event).decode()

"""Probes read the world, once. They declare what they touch and how long they may take.

A probe catches what it expects and lets the rest fly: expected absence raises `Unavailable` or
`NotApplicable`, a failure that is itself the diagnosis becomes a field of the fact, and a bug
propagates and is reported as a crash.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

from msgspec import Struct

from codex_doctor.errors import NotApplicable, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_doctor.context import Context

__all__ = ["NotApplicable", "Probe", "Touches", "Unavailable", "blocking_probe", "probe"]

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")


class Touches(StrEnum):
    """What a probe touches on its way."""

    FILES = "files"
    PROCESSES = "processes"
    NETWORK = "network"
    """No credential is sent."""
    ACCOUNT = "account"
    """The user's own credential goes to its own service, and only reads."""
    SPENDS = "spends"
    """Rotates a token, asks for a code, or starts a program of the user's own."""
    MODEL = "model"
    """Asks the model of the user's own account, which costs usage."""


OUTWARD: Final = frozenset({Touches.NETWORK, Touches.ACCOUNT})
"""What leaves the machine, and changes nothing."""


class Probe(Struct, Generic[T_co], frozen=True, kw_only=True, eq=False):
    """Something that can be read; called once an examination, whoever needs it.

    *limit* is in seconds. *needs* are read first and passed after the context. *blocking*: it is a
    plain function that may block, and runs in a thread of its own. *optional_of* marks the variants
    made by `maybe` and `if_allowed`; *unless_forbidden* is set on the latter.
    """

    id: str
    touches: frozenset[Touches]
    limit: float
    needs: tuple[Probe[Any], ...]
    read: Callable[..., Awaitable[T_co]] | Callable[..., T_co]
    blocking: bool
    doc: str
    optional_of: Probe[Any] | None = None
    unless_forbidden: bool = False

    def maybe(self) -> Probe[T_co | None]:
        """Return the variant that yields None where this one is unavailable, times out or crashes."""
        return self._variant("?", unless_forbidden=False)

    def if_allowed(self) -> Probe[T_co | None]:
        """Return the variant that yields None where the user did not allow what this one touches.

        Where it is allowed, whatever keeps it from answering counts as it does for this one.
        """
        return self._variant("!", unless_forbidden=True)

    def _variant(self, mark: str, *, unless_forbidden: bool) -> Probe[T_co | None]:
        return Probe(
            id=f"{self.id}{mark}",
            touches=self.touches,
            limit=self.limit,
            needs=(),
            read=self.read,
            blocking=self.blocking,
            doc=self.doc,
            optional_of=self,
            unless_forbidden=unless_forbidden,
        )


class _ProbeDecorator:
    """`@probe`, for coroutine functions."""

    # The overloads let a type checker match each need with the argument that it becomes.
    # fmt: off
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float) -> Callable[[Callable[[Context], Awaitable[T]]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A]]) -> Callable[[Callable[[Context, A], Awaitable[T]]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B]]) -> Callable[[Callable[[Context, A, B], Awaitable[T]]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B], Probe[C]]) -> Callable[[Callable[[Context, A, B, C], Awaitable[T]]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B], Probe[C], Probe[D]]) -> Callable[[Callable[[Context, A, B, C, D], Awaitable[T]]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B], Probe[C], Probe[D], Probe[E]]) -> Callable[[Callable[[Context, A, B, C, D, E], Awaitable[T]]], Probe[T]]: ...
    # fmt: on
    def __call__(
        self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[Any], ...] = ()
    ) -> Callable[[Callable[..., Awaitable[Any]]], Probe[Any]]:
        """Declare a coroutine function as a probe."""
        return lambda read: _declare(id, touches, limit, needs, read, blocking=False)


class _BlockingProbeDecorator:
    """`@blocking_probe`, for plain functions."""

    # fmt: off
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float) -> Callable[[Callable[[Context], T]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A]]) -> Callable[[Callable[[Context, A], T]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B]]) -> Callable[[Callable[[Context, A, B], T]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B], Probe[C]]) -> Callable[[Callable[[Context, A, B, C], T]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B], Probe[C], Probe[D]]) -> Callable[[Callable[[Context, A, B, C, D], T]], Probe[T]]: ...
    @overload
    def __call__(self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[A], Probe[B], Probe[C], Probe[D], Probe[E]]) -> Callable[[Callable[[Context, A, B, C, D, E], T]], Probe[T]]: ...
    # fmt: on
    def __call__(
        self, id: str, *, touches: set[Touches], limit: float, needs: tuple[Probe[Any], ...] = ()
    ) -> Callable[[Callable[..., Any]], Probe[Any]]:
        """Declare a plain function as a probe; it runs in a thread of its own and may block."""
        return lambda read: _declare(id, touches, limit, needs, read, blocking=True)


def _declare(
    id: str,
    touches: set[Touches],
    limit: float,
    needs: tuple[Probe[Any], ...],
    read: Callable[..., Any],
    *,
    blocking: bool,
) -> Probe[Any]:
    doc = (read.__doc__ or "").strip().partition("\n")[0]
    return Probe(
        id=id,
        touches=frozenset(touches),
        limit=limit,
        needs=needs,
        read=read,
        blocking=blocking,
        doc=doc,
    )


probe = _ProbeDecorator()
blocking_probe = _BlockingProbeDecorator()


def touched_by(needs: tuple[Probe[Any], ...]) -> frozenset[Touches]:
    """Return what reading *needs* touches, including what they need themselves.

    An optional need does not count: without it the reader goes on. One that waits for permission does.
    """
    found: set[Touches] = set()
    for need in needs:
        if need.optional_of is None or need.unless_forbidden:
            actual = need.optional_of or need
            found |= actual.touches | touched_by(actual.needs)
    return frozenset(found)

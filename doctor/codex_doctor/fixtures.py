"""What the test kit brings to pytest: fixtures, each of which loads what it needs when it is asked for.

pytest loads this module in every run of an environment in which codex-doctor is installed, so it holds
nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import trustme

    from codex_doctor.model import Report
    from codex_doctor.testing import FakeClock, FakeMachine, MachineBuilder, Proof
    from codex_doctor.testing.raw import Manner
    from codex_doctor.testing.servers import FakeServer


class Conformance(Protocol):
    """What the fixture `doctor_conformance` gives; its options are those of `codex_doctor.testing.prove`."""

    def __call__(self, entry: str, machines: Mapping[str, FakeMachine], **more: Any) -> Proof:  # noqa: ANN401 - see prove
        """Prove the catalogue of *entry* on *machines*."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pytest --doctor-update-golden` write the kept reports anew."""
    parser.addoption(
        "--doctor-update-golden", action="store_true", help="Write the reports of doctor_golden anew."
    )


@pytest.fixture
def doctor_machine(tmp_path: Path) -> MachineBuilder:
    """Build a `FakeMachine` (an empty one, if none is given) in a folder of the test."""
    from codex_doctor.testing import MachineBuilder

    return MachineBuilder(tmp_path / "machines")


@pytest.fixture
def doctor_clock() -> FakeClock:
    """Return a clock that stands still until it is moved, for `BuiltMachine.context(now=...)`."""
    from codex_doctor.testing import FakeClock

    return FakeClock()


@pytest.fixture
def doctor_conformance(tmp_path: Path) -> Conformance:
    """Prove a catalogue as `codex_doctor.testing.prove` does, and fail the test where a rule is broken."""
    from codex_doctor.testing import prove

    def conform(entry: str, machines: Mapping[str, FakeMachine], **more: Any) -> Proof:  # noqa: ANN401 - see prove
        proof = prove(entry, machines, tmp_path / "proof", **more)
        if proof.breaches:
            pytest.fail(str(proof), pytrace=False)
        return proof

    return conform


@pytest.fixture
def doctor_golden(request: pytest.FixtureRequest) -> Callable[[str, Report], None]:
    """Fail the test where a report differs from the one that is kept in `golden/NAME.json` beside it."""
    from codex_doctor.testing.golden import Golden

    update = bool(request.config.getoption("--doctor-update-golden"))
    golden = Golden(request.path.parent / "golden", update=update)

    def compare(name: str, report: Report) -> None:
        difference = golden.difference(name, report)
        if difference:
            pytest.fail(
                f"{difference}\n\nIf it is meant so: pytest --doctor-update-golden, and look at the change.",
                pytrace=False,
            )

    return compare


@pytest.fixture(scope="session")
def doctor_authority() -> trustme.CA:
    """Return a certificate authority that no machine trusts by itself."""
    import trustme

    return trustme.CA(organization_name="codex-doctor test kit")


@pytest.fixture
def doctor_http() -> Iterator[FakeServer]:
    """Give a server of HTTP on loopback that answers 500 until it is told what to answer."""
    from codex_doctor.testing.servers import FakeServer

    with FakeServer() as server:
        yield server


@pytest.fixture
def doctor_https(doctor_authority: trustme.CA, tmp_path: Path) -> Iterator[FakeServer]:
    """Give the same over HTTPS, with a certificate of `doctor_authority` for 127.0.0.1 and localhost."""
    from codex_doctor.testing.servers import FakeServer

    with FakeServer(authority=doctor_authority, folder=tmp_path) as server:
        yield server


@pytest.fixture
def doctor_misbehaving() -> Iterator[Callable[[Manner], int]]:
    """Start servers that stall, reset or hang up: give each a manner of `testing.raw`, and get its port."""
    from contextlib import ExitStack

    from codex_doctor.testing.raw import RawServer

    with ExitStack() as stack:
        yield lambda manner: stack.enter_context(RawServer(manner)).port

"""Which release is the newest, where it stands, and what its archive must be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

import tiny_codex
from codex_checks.acts.install.releases import Publisher, digests, find, publishers
from codex_checks.acts.install.way import Way
from codex_checks.network.roots import Roots
from codex_doctor.errors import RepairError
from codex_doctor.redact import Vault
from fakes.publisher import Sick

if TYPE_CHECKING:
    import fakes.publisher as fakes
    from codex_checks.acts.install.releases import Release

WAY: Final = Way(variables={}, trusted=Roots(), keep=Vault().secret, stall=2.0)
ARCHIVE: Final = f"codex-package-{tiny_codex.TARGET}.tar.gz"
SUMS: Final = "codex-package_SHA256SUMS"


def _find(publisher: fakes.Publisher, version: str | None = None) -> Release:
    return find(publishers(publisher.env), WAY, target=tiny_codex.TARGET, version=version)


def test_the_newest_release_is_found(publisher: fakes.Publisher) -> None:
    publisher.publish("0.169.0")
    publisher.publish("0.170.0")

    found = _find(publisher)

    assert (found.version, found.name) == ("0.170.0", f"0.170.0-{tiny_codex.TARGET}")
    assert found.urls == (
        f"{publisher.env['CODEX_DOCTOR_URL_GITHUB']}/openai/codex/releases/download/rust-v0.170.0/{ARCHIVE}",
    )


def test_a_release_that_was_asked_for_needs_no_list(publisher: fakes.Publisher) -> None:
    publisher.publish("0.169.0")
    publisher.publish("0.170.0")

    assert _find(publisher, "0.169.0").version == "0.169.0"
    assert [path for path in publisher.asked if path.endswith("latest")] == []


def test_without_variables_openai_is_asked_first_and_then_github() -> None:
    first, second = publishers({})

    assert first.latest == "https://releases.openai.com/codex/channels/latest"
    assert first.file("0.170.0", SUMS) == f"https://releases.openai.com/codex/releases/0.170.0/{SUMS}"
    assert second.latest == "https://api.github.com/repos/openai/codex/releases/latest"
    assert (
        second.file("0.170.0", SUMS)
        == f"https://github.com/openai/codex/releases/download/rust-v0.170.0/{SUMS}"
    )


@pytest.mark.parametrize("value", ["0", "false", "No"])
def test_codex_own_variable_leaves_github_alone(value: str) -> None:
    (only,) = publishers({"CODEX_INSTALLER_USE_RELEASES_OPENAI_COM": value})

    assert only.latest.startswith("https://api.github.com/")


def test_a_publisher_that_fails_is_passed_over(publisher: fakes.Publisher) -> None:
    publisher.publish("0.170.0")
    (healthy,) = publishers(publisher.env)
    sick = Publisher(latest=f"{publisher.url}/absent", files=f"{publisher.url}/absent/{{version}}")

    found = find((sick, healthy), WAY, target=tiny_codex.TARGET)

    assert found.version == "0.170.0"
    assert [url.partition("/absent")[1] != "" for url in found.urls] == [True, False]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        {"tag_name": 1},
        {"tag_name": "v1.2.3"},
        {"tag_name": "rust-v1.2.3", "assets": 1},
    ],
)
def test_a_list_that_names_no_newest_release_is_an_error(publisher: fakes.Publisher, said: object) -> None:
    publisher.publish("0.170.0")
    publisher.sick["latest"] = Sick(
        content=said.encode() if isinstance(said, str) else json.dumps(said).encode()
    )

    with pytest.raises(RepairError, match="which one is the newest"):
        _find(publisher)


@pytest.mark.parametrize("version", ["../../evil", "1.2", "1.2.3/../..", "1.2.3-evil", "", "1.2.3\n"])
def test_what_is_no_version_is_never_part_of_an_address(publisher: fakes.Publisher, version: str) -> None:
    publisher.publish("0.170.0")
    publisher.sick["latest"] = Sick(content=json.dumps({"tag_name": f"rust-v{version}"}).encode())

    with pytest.raises(RepairError, match="is no version of Codex"):
        _find(publisher)

    assert len(publisher.asked) == 1


def test_a_release_without_a_digest_for_this_machine_is_not_taken(publisher: fakes.Publisher) -> None:
    publisher.publish("0.170.0")
    publisher.sick[SUMS] = Sick(content=f"{'0' * 64}  codex-package-of-another.tar.gz\n".encode())

    with pytest.raises(RepairError, match="states no digest"):
        _find(publisher)


def test_two_digests_that_differ_are_not_trusted(publisher: fakes.Publisher) -> None:
    publisher.publish("0.170.0")
    publisher.sick[SUMS] = Sick(content=f"{'0' * 64}  {ARCHIVE}\n".encode())

    with pytest.raises(RepairError, match="two digests"):
        _find(publisher)


def test_nobody_who_has_it_is_said_with_the_last_reason(publisher: fakes.Publisher) -> None:
    with pytest.raises(RepairError, match=rf"does not have {SUMS}"):
        _find(publisher, "0.170.0")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"{'a' * 64}  file", {"file": "a" * 64}),
        (f"{'A' * 64} *file", {"file": "a" * 64}),
        (f"{'a' * 63}  file", {}),
        (f"{'g' * 64}  file", {}),
        ("", {}),
        ("file", {}),
    ],
)
def test_digests_are_read_as_sha256sum_prints_them(line: str, found: Any) -> None:  # noqa: ANN401 - a mapping
    assert digests(f"{line}\n".encode()) == found

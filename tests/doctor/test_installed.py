"""What installed distributions offer: the same as `importlib.metadata` says, wherever they stand."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

import pytest

from codex_doctor.installed import Offer, offers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.metadata import Distribution
    from pathlib import Path

GROUP: Final = "acme.things"
ONE: Final = f"[console_scripts]\nx = y:z\n\n[{GROUP}]\n# the only one\nfirst = acme.one:made [extra]\n"


def distribute(folder: Path, name: str = "Acme.Checks", content: str = ONE, *, version: str = "1.0") -> None:
    """Put the description of a distribution into *folder*, as pip does."""
    info = folder / f"{re.sub(r'[-.]', '_', name)}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n", "utf-8")
    (info / "entry_points.txt").write_text(content, "utf-8")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sequence[Path]]:
    """Put folders of these names before everything else that can be imported."""

    def lead(*names: str) -> Sequence[Path]:
        folders = [tmp_path / name for name in names]
        monkeypatch.setattr(sys, "path", [*map(str, folders), *sys.path])
        return folders

    return lead


def as_metadata_says() -> list[tuple[str, str, str]]:
    found = entry_points(group=GROUP)
    return sorted((entry.dist.name if entry.dist else "", entry.name, entry.value) for entry in found)


def told() -> list[tuple[str, str, str]]:
    return sorted((offer.distribution, offer.name, offer.value) for offer in offers(GROUP))


def test_an_offer_has_the_name_that_its_distribution_gives_itself(path: Callable[..., list[Path]]) -> None:
    (site,) = path("site")
    distribute(site)

    assert offers(GROUP) == (Offer(distribution="Acme.Checks", name="first", value="acme.one:made [extra]"),)
    assert told() == as_metadata_says()


def test_of_two_of_one_name_the_first_counts_even_if_it_offers_nothing(
    path: Callable[..., list[Path]],
) -> None:
    before, after, again = path("before", "after", "again")
    distribute(before, "acme-checks", "[other]\na = b:c\n", version="2.0")
    distribute(after, "Acme.Checks")
    distribute(after, "other")
    distribute(again, "other", ONE.replace("one", "two"))

    assert told() == as_metadata_says() == [("other", "first", "acme.one:made [extra]")]


def test_what_setuptools_leaves_beside_the_sources_is_read_too(path: Callable[..., list[Path]]) -> None:
    (sources,) = path("src")
    info = sources / "acme.egg-info"
    info.mkdir(parents=True)
    (info / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(ONE, "utf-8")

    assert told() == as_metadata_says() == [("acme", "first", "acme.one:made [extra]")]


def test_a_distribution_without_a_legible_description_is_passed_over(
    path: Callable[..., list[Path]],
) -> None:
    (site,) = path("site")
    distribute(site, "acme")
    (site / "half-1.0.dist-info").mkdir()
    (site / "torn-1.0.dist-info").mkdir()
    (site / "torn-1.0.dist-info" / "entry_points.txt").write_bytes(b"[acme.things]\na = \xff:b\n")
    (site / "file-1.0.dist-info").write_text("no folder", "utf-8")

    assert [name for name, _, _ in told()] == ["acme"]


def test_an_archive_on_the_path_is_looked_into(path: Callable[..., list[Path]]) -> None:
    (archive,) = path("acme.zip")
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("acme-1.0.dist-info/METADATA", "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n")
        written.writestr("acme-1.0.dist-info/entry_points.txt", ONE)

    assert told() == as_metadata_says() == [("acme", "first", "acme.one:made [extra]")]


def test_an_egg_is_looked_into(path: Callable[..., list[Path]]) -> None:
    (egg,) = path("acme-1.0-py3.11.egg")
    info = egg / "EGG-INFO"
    info.mkdir(parents=True)
    (info / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(ONE, "utf-8")

    assert told() == as_metadata_says() == [("acme", "first", "acme.one:made [extra]")]


def test_another_finder_of_distributions_is_asked(
    tmp_path: Path, path: Callable[..., list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.metadata import DistributionFinder, MetadataPathFinder

    class Elsewhere(DistributionFinder):
        def find_spec(self, *_args: object, **_named: object) -> None:
            return None

        def find_distributions(
            self, context: DistributionFinder.Context | None = None
        ) -> Sequence[Distribution]:
            asked = context or DistributionFinder.Context()
            there = DistributionFinder.Context(name=asked.name, path=[str(tmp_path / "elsewhere")])
            return tuple(MetadataPathFinder.find_distributions(there))

    path("nothing")
    distribute(tmp_path / "elsewhere", "acme")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Elsewhere()])

    assert told() == as_metadata_says() == [("acme", "first", "acme.one:made [extra]")]


def test_the_doctor_finds_itself_without_importing_what_reads_metadata() -> None:
    program = """
import sys
from codex_doctor.catalogue import discover
print(*(source.distribution for source in discover()), "importlib.metadata" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["codex-doctor", "False"]

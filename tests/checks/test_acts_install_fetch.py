"""Downloads keep to their limits, go on where they broke off, and are not led astray."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import pytest

from codex_checks.acts.install import fetch
from codex_checks.acts.install.fetch import NotThereError, Progress, fetch_file, fetch_text
from codex_checks.acts.install.way import Way, may_be_asked
from codex_checks.network.roots import Broken, Roots, parse_pem
from codex_doctor.errors import RepairError
from codex_doctor.redact import Vault
from fakes.publisher import Sick

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy, RefusingPort
    from fakes.publisher import Publisher

WAY: Final = Way(variables={}, trusted=Roots(), keep=Vault().secret, stall=1.0)
CONTENT: Final = bytes(range(256)) * 4096
"""A megabyte."""


@pytest.fixture
def url(publisher: Publisher) -> str:
    publisher.publish("0.170.0")
    publisher.sick["archive.bin"] = Sick(content=CONTENT)
    return f"{publisher.url}/github/archive.bin"


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_arrives_whole(tmp_path: Path, url: str) -> None:
    told: list[Progress] = []

    fetch_file(url, tmp_path / "file", WAY, watch=told.append)

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert told[-1] == Progress(got=len(CONTENT), whole=len(CONTENT))


def test_what_is_downloaded_is_readable_by_its_owner_alone(tmp_path: Path, url: str) -> None:
    fetch_file(url, tmp_path / "file", WAY)

    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_download_goes_on_where_an_earlier_one_broke_off(
    tmp_path: Path, url: str, publisher: Publisher
) -> None:
    (tmp_path / "file").write_bytes(CONTENT[:300_000])

    fetch_file(url, tmp_path / "file", WAY)

    assert publisher.ranges == ["bytes=300000-"]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_download_that_breaks_off_on_its_way_is_taken_up_again(
    tmp_path: Path, url: str, publisher: Publisher
) -> None:
    publisher.sick["archive.bin"].cut = 400_000

    fetch_file(url, tmp_path / "file", WAY)

    assert publisher.ranges == ["bytes=400000-", "bytes=800000-"]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_that_sends_nothing_more_is_given_up(tmp_path: Path, url: str, publisher: Publisher) -> None:
    publisher.sick["archive.bin"].cut = 0

    with pytest.raises(RepairError, match="broke off") as caught:
        fetch_file(url, tmp_path / "file", WAY)

    assert caught.value.transient
    assert len(publisher.asked) == 1


def test_what_is_there_already_is_not_fetched_again(tmp_path: Path, url: str, publisher: Publisher) -> None:
    (tmp_path / "file").write_bytes(CONTENT)

    fetch_file(url, tmp_path / "file", WAY)

    assert (len(publisher.asked), _sha(tmp_path / "file")) == (1, hashlib.sha256(CONTENT).hexdigest())


def test_a_file_that_is_not_there_is_told_apart(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotThereError, match=r"127\.0\.0\.1 does not have absent\.bin \(404\)"):
        fetch_file(url.replace("archive", "absent"), tmp_path / "file", WAY)


def test_a_server_that_fails_may_be_asked_again_later(tmp_path: Path, url: str, publisher: Publisher) -> None:
    publisher.sick["archive.bin"].status = 503

    with pytest.raises(RepairError, match="answered 503") as caught:
        fetch_file(url, tmp_path / "file", WAY)

    assert caught.value.transient


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path, url: str, publisher: Publisher) -> None:
    publisher.sick["archive.bin"].hangs = True

    with pytest.raises(RepairError, match="fell silent"):
        fetch_file(url, tmp_path / "file", WAY)


def test_a_refused_connection_is_said_in_our_own_words(tmp_path: Path, refusing_port: RefusingPort) -> None:
    with pytest.raises(RepairError, match=r"127\.0\.0\.1 could not be reached"):
        fetch_file(f"{refusing_port.url}/archive.bin", tmp_path / "file", WAY)


def test_more_than_any_release_holds_is_given_up_before_it_comes(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MOST", 1000)

    with pytest.raises(RepairError, match="more than 1000 bytes"):
        fetch_file(url, tmp_path / "file", WAY)

    assert (tmp_path / "file").stat().st_size == 0


def test_a_download_that_takes_too_long_is_given_up(tmp_path: Path, url: str) -> None:
    with pytest.raises(RepairError, match="took too long") as caught:
        fetch_file(url, tmp_path / "file", WAY, seconds=0)

    assert caught.value.transient


def test_a_short_answer_has_a_limit_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TEXT", 1000)

    with pytest.raises(RepairError, match="more than 1000 bytes"):
        fetch_text(url, WAY)


def test_a_redirect_is_followed(tmp_path: Path, url: str, publisher: Publisher) -> None:
    publisher.sick["moved.bin"] = Sick(moved=url)

    fetch_file(url.replace("archive", "moved"), tmp_path / "file", WAY)

    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_circle_of_redirects_is_left(tmp_path: Path, url: str, publisher: Publisher) -> None:
    publisher.sick["archive.bin"].moved = url

    with pytest.raises(RepairError, match="in a circle"):
        fetch_file(url, tmp_path / "file", WAY)


@pytest.mark.parametrize("astray", ["http://example.com/evil.bin", "ftp://127.0.0.1/evil.bin", "http://["])
def test_a_redirect_to_where_no_program_comes_from_is_not_followed(
    tmp_path: Path, url: str, publisher: Publisher, astray: str
) -> None:
    publisher.sick["archive.bin"].moved = astray

    with pytest.raises(RepairError):
        fetch_file(url, tmp_path / "file", WAY)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://github.com/openai/codex", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://[::1]:8000/x", True),
        ("http://localhost/x", True),
        ("http://github.com/openai/codex", False),
        ("http://192.168.0.1/x", False),
        ("https://user:password@mirror.example/x", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("http://[", False),
    ],
)
def test_a_program_comes_over_https_or_from_this_machine(url: str, *, may: bool) -> None:
    assert may_be_asked(url) is may


def test_the_proxy_that_codex_takes_is_taken(
    tmp_path: Path, proxy: FakeProxy, openai_tls: FakeOpenAI, authority_file: Path
) -> None:
    openai_tls.sicken("/github/archive.bin", 200, "what was asked for")
    trusted = Roots(certificates=parse_pem(authority_file.read_bytes()))
    way = Way(variables={"HTTPS_PROXY": proxy.url}, trusted=trusted, keep=Vault().secret)

    fetch_file("https://github.com/archive.bin", tmp_path / "file", way)

    assert (tmp_path / "file").read_text() == "what was asked for"


def test_a_server_that_nobody_vouches_for_is_not_believed(tmp_path: Path, openai_tls: FakeOpenAI) -> None:
    with pytest.raises(RepairError, match="could not be reached"):
        fetch_file(f"{openai_tls.url}/archive.bin", tmp_path / "file", WAY)


def test_an_unusable_file_of_certificates_stops_a_download_with_its_name(tmp_path: Path) -> None:
    broken = Broken(variable="SSL_CERT_FILE", path="/nowhere.pem", why="no such file")
    way = Way(variables={}, trusted=Roots(broken=broken), keep=Vault().secret)

    with pytest.raises(RepairError, match=r"SSL_CERT_FILE names /nowhere\.pem: no such file"):
        fetch_file("https://github.com/archive.bin", tmp_path / "file", way)


def test_a_proxy_with_an_impossible_port_stops_a_download(tmp_path: Path) -> None:
    way = Way(variables={"HTTPS_PROXY": "http://proxy:0"}, trusted=Roots(), keep=Vault().secret)

    with pytest.raises(RepairError, match="its port is none"):
        fetch_file("https://github.com/archive.bin", tmp_path / "file", way)

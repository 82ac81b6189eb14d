"""Reading Linux's list of mounts."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.files.mounts import Mount, mount_of, parse_mounts

TEXT = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 22 0:40 / /home/u/.codex ro,relatime - overlay overlay rw,lowerdir=/a
31 22 0:41 / /mnt/my\\040share rw - nfs4 host:/x rw,vers=4.2
32 22 0:42 / /media/cd rw - iso9660 /dev/sr0 ro
33 22 0:43 / /home/u/.codex rw,noexec,relatime - tmpfs tmpfs rw
"""


def test_every_mount_is_read_with_its_kind() -> None:
    assert parse_mounts(TEXT) == (
        Mount(point="/", kind="ext4", read_only=False),
        Mount(point="/home/u/.codex", kind="overlay", read_only=True),
        Mount(point="/mnt/my share", kind="nfs4", read_only=False),
        Mount(point="/media/cd", kind="iso9660", read_only=True),
        Mount(point="/home/u/.codex", kind="tmpfs", read_only=False, no_programs=True),
    )


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc", "ext4"),
        ("/mnt/my share/codex", "nfs4"),
        ("/mnt/my shared", "ext4"),
        ("/home/u/.codex/sessions", "tmpfs"),
    ],
)
def test_the_deepest_and_latest_mount_holds_a_path(path: str, kind: str) -> None:
    mount = mount_of(PurePosixPath(path), parse_mounts(TEXT))

    assert mount is not None
    assert mount.kind == kind


def test_nothing_is_known_without_mounts() -> None:
    assert mount_of(PurePosixPath("/etc"), ()) is None


@given(st.text())
def test_any_text_is_mounts_or_nothing(text: str) -> None:
    assert all(mount.kind for mount in parse_mounts(text))

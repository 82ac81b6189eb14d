"""What npm prints when it fails comes down to one line in our own words."""

from __future__ import annotations

import pytest

from codex_checks.acts.install.npm_answers import failure

EACCES = b"""npm error code EACCES
npm error syscall mkdir
npm error path /usr/lib/node_modules/@openai/codex
npm error errno -13
npm error Error: EACCES: permission denied, mkdir '/usr/lib/node_modules/@openai/codex'
npm error A complete log of this run can be found in: /home/u/.npm/_logs/x.log
"""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (EACCES, "it may not write (/usr/lib/node_modules/@openai/codex)"),
        (EACCES.replace(b"error", b"ERR!"), "it may not write (/usr/lib/node_modules/@openai/codex)"),
        (
            b"npm error code E404\nnpm error 404 Not Found - GET https://npm.example/x",
            "does not have the package",
        ),
        (b"npm error code ETARGET\n", "does not have this version, or not yet"),
        (
            b"npm error code EEXIST\nnpm error path /opt/homebrew/bin/codex\n",
            "another program's file is in its way",
        ),
        (
            b"npm error code ENOTEMPTY\nnpm error path /p/codex\n",
            "a broken update left a folder in its way (/p/codex)",
        ),
        (b"npm error code SELF_SIGNED_CERT_IN_CHAIN\n", "it does not trust the certificate of its registry"),
        (b"npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write", "the disk is full"),
        (b"npm error code EODD\nnpm error something odd happened\n", "something odd happened"),
        (b"npm error Cannot reach https://user:secret@npm.example/x\n", "Cannot reach its registry"),
        (b"Segmentation fault", "it does not say why"),
        (b"", "it does not say why"),
    ],
)
def test_the_reason_is_said_in_one_line(said: bytes, words: str) -> None:
    message = failure(said).message

    assert words in message
    assert "\n" not in message
    assert "npm.example" not in message


@pytest.mark.parametrize(
    ("code", "transient"),
    [
        (b"ETIMEDOUT", True),
        (b"E503", True),
        (b"E404", True),
        (b"E401", False),
        (b"UNABLE_TO_VERIFY_LEAF_SIGNATURE", False),
        (b"EACCES", False),
    ],
)
def test_only_a_registry_out_of_reach_may_be_tried_again(code: bytes, *, transient: bool) -> None:
    assert failure(b"npm error code " + code + b"\n").transient is transient

"""Secrets of services that nobody here uses, and in encodings that nobody expects, are taken out as well."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

from canaries import seed
from codex_doctor.redact import Redactor
from codex_doctor.unveiling import blobs, unveiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CORE: Final = seed("others")
"""Letters and digits that stand in each of the secrets, and must not be seen."""

SHAPED: Final = tuple(
    f"{before}{CORE}"
    for before in (
        "dop_v1_", "dapi", "shpat_", "key-", "HRKU-AA", "pypi-AgEI", "rubygems_", "SG.aBc123.", "SK", "gsk_",
        "xai-", "pplx-", "r8_", "nvapi-", "tvly-", "csk-", "lsv2_pt_", "fw_", "sntrys_", "lin_api_", "ntn_",
        "secret_", "figd_", "sbp_", "sb_secret_", "dp.pt.", "hvs.", "A1b2C3d4E5f6G7.atlasv1.", "glsa_",
        "glrt-", "dckr_pat_", "ATATT3xFf", "whsec_", "PMAK-", "NRAK-", "AGE-SECRET-KEY-1", "pscale_tkn_",
        "ya29.", "1//0", "GOCSPX-", "EAA", "https://discord.com/api/webhooks/123456789012345678/",
        "https://hooks.slack.com/services/T0/B0/", "1234567890:AAF", "auth_token=", "session_token: ",
        "private_key = ", "SECRET_KEY=", "AccountKey=", "SharedAccessKey=", "client-key-data: ",
        "_authToken=", "passphrase: ", '"token": "', '"auth": "', "credential=", "X-Auth-Token: ",
        "X-Vault-Token: ", "Private-Token: ", "X-Amz-Security-Token: ", "Authorization: Token ",
        "Authorization: Negotiate ",
        "Proxy-Authorization: Basic ", 'Authorization: Digest username="u", response="', "mysql --password ",
        "curl --token ", "curl -u user:", "Password=", "jdbc:postgresql://h/db?user=a&password=",
        "https://x.example.com/back#access_token=", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
    )
)  # fmt: skip

KNOWN: Final = "Zq7-secretvalue_9d02452a+/%é"

ENCODED: Final[Mapping[str, Callable[[str], str]]] = {
    "UTF-16 read as UTF-8": lambda text: "\0".join(text) + "\0",
    "UTF-16 in Base64": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "UTF-16 in hexadecimal": lambda text: text.encode("utf-16-le").hex(),
    "UTF-8 read as Latin-1": lambda text: text.encode().decode("latin-1"),
    "Base32": lambda text: base64.b32encode(text.encode()).decode(),
    "Base32 in small letters": lambda text: base64.b32encode(b"ab" + text.encode()).decode().lower(),
    "Base64 of Base64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "Base64 in a URL": lambda text: quote(base64.b64encode(text.encode()), safe=""),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent, thrice": lambda text: quote(quote(quote(text, safe=""), safe=""), safe=""),
    "percent, every letter": lambda text: "".join(f"%{each:02x}" for each in text.encode()),
    "escapes of Unicode": lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
    "escapes of bytes": lambda text: "".join(f"\\x{each:02x}" for each in text.encode()),
    "octal escapes": lambda text: "".join(f"\\{each:03o}" for each in text.encode()),
    "repr of bytes": lambda text: repr(text.encode()),
    "entities": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "hexadecimal entities": lambda text: "".join(f"&#x{ord(each):X};" for each in text),
    "quoted-printable": lambda text: "".join(f"={each:02X}" for each in text.encode()),
    "hexadecimal, apart": lambda text: text.encode().hex(" "),
    "hexadecimal, with colons": lambda text: text.encode().hex(":"),
    "letters that nobody sees": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "colours": "\x1b[0m".join,
    "lines of a log": lambda text: "\n| ".join(_pieces(text)),
    "lines of a mail": lambda text: "\n> ".join(_pieces(text)),
    "lines with a hyphen": lambda text: "-\n".join(_pieces(text)),
    "lines of a shell": lambda text: "\\\n  ".join(_pieces(text)),
    "put together by a program": lambda text: '" + "'.join(_pieces(text)),
    "lines within JSON": lambda text: json.dumps("\n  ".join(_pieces(text))),
}


def _pieces(text: str) -> list[str]:
    return [text[at : at + 8] for at in range(0, len(text), 8)]


@pytest.mark.parametrize("text", SHAPED)
def test_a_secret_of_another_service_does_not_get_out(text: str) -> None:
    said = Redactor().text(f"it said {text} then")

    assert CORE not in said
    assert said.startswith("it said ")


@pytest.mark.parametrize("how", ENCODED)
def test_a_known_secret_does_not_get_out_however_it_is_encoded(how: str) -> None:
    written = ENCODED[how](KNOWN)

    said = Redactor(known=(KNOWN,)).text(f"before {written} after")

    assert (said[:7], said[-6:]) == ("before ", " after")
    assert len(said) <= len("before  after") + 12


@pytest.mark.parametrize("how", ["percent, every letter", "Base64 in a URL", "entities", "UTF-16 in Base64"])
def test_what_is_shaped_like_a_secret_does_not_get_out_encoded(how: str) -> None:
    written = ENCODED[how](f'{{"key": "sk-proj-{CORE}"}}')

    assert len(Redactor().text(written)) < len(written) / 2


@pytest.mark.parametrize(
    "text",
    [
        "cwd: /usr/lib/node_modules/@openai/codex/bin, PWD=/home/user/work2024/project",
        "env_key: OPENAI_API_KEY, sort_key=alphabetical, max_tokens=128000",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "commit 86c9f01b5bf008f489ebb1b24cd400f64223ad32745",
        "key-value-store-of-the-project and secret_manager_of_2024",
        "http://localhost:8080/path/@scope/package@1.2.3",
        "the password was refused; use codex login --with-api-key < key.txt",
        "account.credential:Credential, token: expected one of 3 values",
        "%20 a&amp;b \\u00e9 =C3=A9",
        "org.freedesktop.NetworkManager1.Connection.Active",
        "2026-11-20T09:05:10.123456789Z ERROR codex_login::auth::manager: failed",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert Redactor(known=(KNOWN,)).text(text) == text


def test_a_number_before_hexadecimal_is_none_of_it() -> None:
    written = f"19 {KNOWN.encode().hex()}.toml"

    assert Redactor(known=(KNOWN,)).text(written) == "19 ***.toml"
    assert Redactor().text(f"12 {f'sk-proj-{CORE}'.encode().hex()}") == "12 ***"
    assert Redactor().text(f"62 {f'dapi{CORE}'.encode().hex()}") == "62 ***"


def test_what_is_compressed_is_no_text_and_costs_nothing() -> None:
    packed = base64.b64encode(gzip.compress(KNOWN.encode() * 9)).decode()

    assert list(blobs(packed)) == []


def test_a_text_without_escapes_stands_for_itself() -> None:
    assert unveiled("plain text, 100 % of it") is None


def test_each_letter_of_what_is_meant_has_its_place() -> None:
    view = unveiled("a%2541b&#99;\u200bd")

    assert view is not None
    assert view.text == "aAbcd"
    assert [view.span(at, at + 1) for at in range(5)] == [(0, 1), (1, 6), (6, 7), (7, 13), (13, 14)]

"""A secret of this machine does not leave in a report, even written as no program writes it."""

from __future__ import annotations

import base64
import json
import unicodedata
from typing import TYPE_CHECKING, Final

import pytest

from codex_doctor.aliases import Aliases
from codex_doctor.bundle.scan import remains
from codex_doctor.disguised import Disguised
from codex_doctor.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KNOWN: Final = "Zq7-secretvalue_9d02452aéK"

DISGUISES: Final[Mapping[str, Callable[[str], str]]] = {
    "capitals": str.upper,
    "small letters": str.lower,
    "capitals and small letters in turn": str.swapcase,
    "turned round": lambda text: text[::-1],
    "Base85": lambda text: base64.b85encode(text.encode()).decode(),
    "Base85 after a byte": lambda text: base64.b85encode(b"x" + text.encode() + b"yz").decode(),
    "Base85 after two bytes": lambda text: base64.b85encode(b"xy" + text.encode()).decode(),
    "Base85 after three bytes": lambda text: base64.b85encode(b"xyz" + text.encode() + b"abc").decode(),
    "Ascii85": lambda text: base64.a85encode(text.encode()).decode(),
    "Ascii85 in marks": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "Base85 of ZeroMQ": lambda text: _z85(text.encode()),
    "Unicode taken apart": lambda text: unicodedata.normalize("NFD", text),
    "full width": lambda text: "".join(
        chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text
    ),
    "mathematical letters": lambda text: "".join(
        chr(0x1D41A + ord(each) - 97) if "a" <= each <= "z" else each for each in text
    ),
    "an array of letters": lambda text: json.dumps(list(text), ensure_ascii=False),
    "a letter a line": "\n".join,
    "letters apart": " ".join,
    "letters with hyphens": "-".join,
    "an array of numbers": lambda text: json.dumps([ord(each) for each in text]),
    "an array of hexadecimal numbers": lambda text: ", ".join(f"0x{ord(each):02x}" for each in text),
}
"""Ways in which people hide a secret from whoever looks for it."""


def _z85(content: bytes) -> str:
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    groups = [int.from_bytes(content[at : at + 4]) for at in range(0, len(content) // 4 * 4, 4)]
    return "".join(letters[group // 85**power % 85] for group in groups for power in (4, 3, 2, 1, 0))


@pytest.mark.parametrize("how", DISGUISES)
def test_a_known_secret_does_not_leave_in_disguise(how: str) -> None:
    written = f"before {DISGUISES[how](KNOWN)} after"
    plain = Redactor(known=(KNOWN,)).text(written)

    said = Redactor(known=(KNOWN,), disguised=Disguised([KNOWN])).text(written)

    assert (said[:7], said[-6:], "***" in said) == ("before ", " after", True)
    assert len(said) <= len("before  after") + 16, said
    assert (plain == written) == (how != "a letter a line"), "whether it would be found without"


@pytest.mark.parametrize("file", ["facts.json", "report.html"])
@pytest.mark.parametrize("how", DISGUISES)
def test_the_last_look_finds_it_too(how: str, file: str) -> None:
    text = f"before {DISGUISES[how](KNOWN)} after"
    content = json.dumps({"facts": [text]}) if file.endswith(".json") else text

    found = remains([(file, content.encode())], known=(KNOWN,), aliases=Aliases())

    assert {each.kind for each in found} == {"known"}


def test_letters_in_a_list_of_facts_are_found() -> None:
    content = json.dumps({"facts": list(KNOWN)}, indent=1).encode()

    assert [each.kind for each in remains([("facts.json", content)], known=(KNOWN,), aliases=Aliases())] == [
        "known"
    ]


@pytest.mark.parametrize("known", ["openai-api-key", "000000000000000", "1111111111112", "short-1", ""])
def test_a_value_that_may_be_a_word_is_searched_for_as_it_is_and_no_more(known: str) -> None:
    text = f"see the OPENAI API KEY, 1111 1111 1111 2, 0000-0000-0000-000, {known.upper()}."

    assert list(Disguised([known]).places(text)) == []


def test_a_megabyte_is_searched_in_linear_time() -> None:
    look = Disguised([KNOWN, "a1" * 3000, "1" * 3000 + "abcdef"])

    for piece in ("a1", "1", "Zq7-secret", "12, ", "\uff11", "0x12 "):
        assert list(look.places(piece * (50_000 // len(piece)))) is not None

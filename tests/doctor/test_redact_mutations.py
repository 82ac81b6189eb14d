"""Every single rule of redaction is needed: without it, a secret or a name gets out, and a test says so."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from canaries import SHAPES, WRITTEN, seed
from codex_doctor import aliases, redact
from codex_doctor.aliases import Aliases
from codex_doctor.redact import Redactor
from codex_doctor.secret import forms
from codex_doctor.shapes import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN: Final = "9d02452a569e+/%é&<q\"'"

TEXTS: Final = (
    *(make(seed(name)) for name, make in SHAPES.items()),
    (f"sk_live_{seed('stripe')}", seed("stripe")),
    ("glpat-aB3_dE5-gH7_jK9-", "aB3_dE5-gH7"),
    ("pplx-aB3dE5gH7jK-9mN1pQ3sT5-vW7yZ", "aB3dE5gH7jK"),
    ("SG.aB3dE5gH7jK9mN1p.x", "aB3dE5gH7jK9mN1p"),
    (f"{seed('mailchimp')}-us21", seed("mailchimp")),
    (f"acme_{seed('nobody')}", seed("nobody")),
    (f"Private-Lines: 1\n{seed('putty')}", seed("putty")),
    ("login kim password aB3dE5gH7j", "aB3dE5gH7j"),
    ("mysql --user kim:aB3dE5gH7j", "aB3dE5gH7j"),
    ("login kim password swordfish", "swordfish"),
    ("mysql --password swordfish", "swordfish"),
    ("curl -u kim:swordfish", "swordfish"),
    ("enter WX7Y-Z3K9Q", "WX7Y-Z3K9Q"),
)

NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "_EMAIL": ("asked by sunita.rao@example.org today", "sunita.rao"),
    "_HOMES": ("/Users/sunita/code is missing", "sunita"),
    "_IPV4": ("proxy 192.168.7.13:3128 refused", "192.168.7.13"),
    "_IPV6": ("from fd12:3456:789a::1 to nowhere", "fd12:3456:789a::1"),
    "_HARDWARE": ("link/ether 3c:22:fb:8a:4d:19 brd", "22:fb"),
    "_SHARE": (r"cannot read \\files7\share\x", "files7"),
    "_INNER_HOST": ("https://llm.acme.internal/v1", "llm.acme.internal"),
    "_ID": ("account 7f3c2b1a-0000-4000-8000-00000000acc1", "7f3c2b1a"),
}

NEVER: Final = re.compile(r"(?!)()()")


def leaks(known: tuple[str, ...] = ()) -> list[str]:
    redactor = Redactor(known=known)
    return [secret for text, secret in TEXTS if secret in redactor.text(f"it said {text}")]


def test_nothing_gets_out_with_all_rules() -> None:
    assert leaks() == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.kind} {rule.pattern.pattern[:30]}")
def test_without_a_rule_a_secret_gets_out(rule: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "RULES", tuple(other for other in RULES if other is not rule))

    assert leaks() != []


@pytest.mark.parametrize("way", WRITTEN)
def test_a_known_secret_is_found_however_it_is_written(way: str) -> None:
    written = WRITTEN[way](KNOWN)

    text = Redactor(known=(KNOWN,)).text(f"before {written} after")

    assert (text.startswith("before "), text.endswith(" after"), "***" in text) == (True, True, True)
    assert len(text) <= len("before  after") + 20, text


def _nothing(_text: str) -> None:
    """Undo no escape."""


def _none(_text: str) -> tuple[()]:
    return ()


@pytest.mark.parametrize("form", sorted(forms(KNOWN)))
def test_without_a_form_a_known_secret_gets_out(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Redactor(known=(KNOWN,)).text(form) == "***"

    def all_but_one(value: str) -> frozenset[str]:
        return forms(value) - {form}

    monkeypatch.setattr(redact, "forms", all_but_one)
    monkeypatch.setattr(redact, "unveiled", _nothing)  # it would find most of them by itself
    monkeypatch.setattr(redact, "blobs", _none)

    assert Redactor(known=(KNOWN,)).text(form) != "***"


def test_without_looking_over_lines_a_split_secret_gets_out(monkeypatch: pytest.MonkeyPatch) -> None:
    split = WRITTEN["lines"](KNOWN)
    assert Redactor(known=(KNOWN,)).text(split) == "***"

    def nothing(_text: str, **_how: bool) -> tuple[str, tuple[int, ...]]:
        return "", ()

    monkeypatch.setattr(redact, "squeeze", nothing)

    assert Redactor(known=(KNOWN,)).text(split) == split


@pytest.mark.parametrize("rule", NAMES)
def test_without_a_rule_a_name_gets_out(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, name = NAMES[rule]
    assert name not in Aliases().put_into(text, Counter())

    monkeypatch.setattr(aliases, rule, NEVER)

    assert name in Aliases().put_into(text, Counter())


@pytest.mark.parametrize("which", ["users", "hosts"])
def test_a_name_of_this_machine_gets_out_only_where_it_is_not_known(which: str) -> None:
    names = {which: ["sunita-x1"]}

    assert "sunita" not in Aliases(**names).put_into("run by sunita-x1 now", Counter())
    assert "sunita" in Aliases().put_into("run by sunita-x1 now", Counter())


def test_the_same_name_has_the_same_alias_everywhere_and_another_one_has_another() -> None:
    all_of_them = Aliases(users=["sunita"], hosts=["box-7"])

    said = all_of_them.put_into(
        "sunita@box-7: SUNITA, /home/bob, /Users/sunita, 10.0.0.1 10.0.0.2", Counter()
    )

    assert said == "user-1@host-1: user-1, /home/user-2, /Users/user-1, address-1 address-2"


@pytest.mark.parametrize(
    "text",
    [
        "auth.openai.com answered 401",
        "codex@0.169.0 from @openai/codex",
        "git@github.com:openai/codex.git",
        "127.0.0.1:1455 and ::1 and 8.8.8.8 and 0.0.0.0",
        "https://chatgpt.com/backend-api/wham/usage",
        "root, /Users/Shared/codex, files.home, codex.home",
        "version 10.0.26100.1 of Windows",
        "SHA-1 3c:22:fb:8a:4d:19:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77, at 12:30:45",
        r"C:\\Program Files\\nodejs, \\?\C:\x, \\wsl.localhost\Ubuntu\usr, a\\b",
        "in one line\nand the next; 2026-11-28T21:33:20+00:00",
    ],
)
def test_what_is_public_stays(text: str) -> None:
    assert Aliases(users=["root", "ubuntu"], hosts=["localhost"]).put_into(text, Counter()) == text


@pytest.mark.parametrize("text", [text for text, _ in NAMES.values()])
def test_what_has_an_alias_is_not_found_again(text: str) -> None:
    all_of_them = Aliases(users=["sunita"])

    assert all_of_them.remaining(text) is not None
    assert all_of_them.remaining(all_of_them.put_into(text, Counter())) is None


@pytest.mark.parametrize(
    ("step", "way"),
    [("unveiled", "url-twice"), ("unveiled", "escapes"), ("blobs", "base32"), ("blobs", "utf16-base64")],
)
def test_without_a_step_of_decoding_an_encoded_secret_gets_out(
    step: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = WRITTEN[way](KNOWN)
    assert Redactor(known=(KNOWN,)).text(written) == "***"

    monkeypatch.setattr(redact, step, _nothing if step == "unveiled" else _none)

    assert Redactor(known=(KNOWN,)).text(written) == written


def test_without_reading_on_in_the_next_line_a_broken_secret_gets_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = "it said hf_aB3dE5gH7jK9mN1pQ3s\nT5vW7yZ9bD1fG3h then"
    assert Redactor().text(broken) == "it said *** then"

    monkeypatch.setattr(redact, "unwrapped", _nothing)

    assert "T5vW7yZ9bD1fG3h" in Redactor().text(broken)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("unveiled", "login=sunita%40example.org"),
        ("squeezed", "login sunita@exam\nple.org"),
        ("blobs", "c3VuaXRhQGV4YW1wbGUub3Jn"),
    ],
)
def test_without_a_step_of_decoding_an_encoded_name_gets_out(
    step: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "email-1" in Aliases().put_into(text, Counter())

    monkeypatch.setattr(aliases, step, _none if step == "blobs" else _nothing)

    assert Aliases().put_into(text, Counter()) == text

"""No secret leaves a report, whoever wrote it and wherever it stands; nothing else is changed."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
from collections import Counter
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.model import (
    Report,
    ReportCheck,
    ReportDocs,
    ReportFinding,
    ReportFix,
    ReportMachine,
    ReportTool,
    Role,
    Severity,
    Status,
    Verdict,
)
from codex_doctor.redact import (
    LONG,
    MOST_TEXT,
    MOST_WORDS,
    REMOVED,
    RedactedReport,
    Redactor,
    Vault,
    redact,
)
from codex_doctor.secret import MIN_KNOWN
from codex_doctor.shapes import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
WORDS = st.text(alphabet=" .,:;()/\n" + LETTERS, max_size=30)


def some(length: int, *, alphabet: str = LETTERS) -> st.SearchStrategy[str]:
    return st.text(alphabet=alphabet, min_size=length, max_size=60)


SHAPED = {
    "jwt": st.builds("eyJ{}.{}.{}".format, some(8), some(10), some(10)),
    "unsigned jwt": st.builds("eyJ{}.{}.".format, some(8), some(10)),
    "api key": st.builds("sk-{}".format, some(20)),
    "project key": st.builds("sk-proj-{}".format, some(20, alphabet=LETTERS + "-_")),
    "refresh token": st.builds("rt_{}.{}".format, some(20), some(20)),
    "numbered refresh token": st.builds("rt.1.{}".format, some(30)),
    "personal access token": st.builds("at-{}".format, some(20)),
    "GitHub token": st.builds("ghp_{}".format, some(36)),
    "npm token": st.builds("npm_{}".format, some(36)),
    "AWS key": st.text(alphabet=LETTERS[:26], min_size=16, max_size=16).map("AKIA{}".format),
}
"""Secrets that are known by their own shape."""

LED_BY = {
    "Authorization: Bearer {}": st.builds("{}7".format, some(20)),
    "authorization: basic {}": st.builds("{}7==".format, some(20)),
    '{{"access_token": "{}"}}': some(6),
    '{{\\"refresh_token\\":\\"{}\\"}}': some(6),
    "OPENAI_API_KEY={} codex": some(6),
    "client_secret: '{}'": some(6),
    "https://x.example/cb?id_token={}&state=1": some(6),
    "https://gateway.example/v1?sig={}#top": some(6),
    "https://x.example/?a=1&Signature={}": some(6),
    "http://sam:{}@proxy.example:3128": some(3, alphabet=LETTERS + "@:#?!"),
    "socks5://{}@proxy.example": some(3),
}
"""Secrets that are known by what stands before them."""


def report(**texts: Any) -> Report:  # noqa: ANN401 - any field of a finding
    finding = ReportFinding(
        code="CDX101",
        name="not-signed-in",
        area="auth",
        severity=Severity.ERROR,
        role=Role.CAUSE,
        caused_by=None,
        blocks=("account.session-accepted",),
        check="auth.signed-in",
        title="You are not signed in",
        detail="there is no auth.json",
        evidence={"path": "auth.json", "tries": 3, "seen": True, "ratio": 0.5, "none": None, "list": ("a",)},
        advice="Sign in.",
        docs=ReportDocs(page="docs/troubleshooting/not-signed-in.md", url=None),
        fix=ReportFix(summary="Sign in", commands=("codex login",), automatic=False, destructive=False),
    )
    return Report(
        schema=1,
        tool=ReportTool(name="codex-doctor", version="1.0"),
        started="2026-07-14T09:05:00Z",
        seconds=0.4,
        machine=ReportMachine(os="linux", arch="x86_64", python="3.11", codex=None, codex_home=None),
        status=Status.ERROR,
        exit_code=1,
        findings=(replace(finding, **texts),),
        checks=(
            ReportCheck(
                id="auth.signed-in",
                title="You are signed in",
                area="auth",
                verdict=Verdict.FOUND,
                reason="",
                blocked_by=None,
                seconds=0.1,
            ),
        ),
    )


def redacted(report: Report, *known: str, home: str = "") -> Report:
    vault = Vault()
    for value in known:
        vault.secret(value)
    return redact(report, vault=vault, home=home).report


PLACES: Mapping[str, Callable[[str], Report]] = {
    "detail": lambda text: report(detail=text),
    "title": lambda text: report(title=text),
    "advice": lambda text: report(advice=text),
    "evidence": lambda text: report(evidence={"seen": text}),
    "evidence in a list": lambda text: report(evidence={"seen": ("a", text)}),
    "evidence's name": lambda text: report(evidence={text: 1}),
    "fix": lambda text: report(fix=ReportFix(summary=text, commands=(), automatic=False, destructive=False)),
    "command": lambda text: report(
        fix=ReportFix(summary="", commands=("x", text), automatic=False, destructive=False)
    ),
    "machine": lambda text: replace(report(), machine=replace(report().machine, codex=text)),
    "reason": lambda text: replace(report(), checks=(replace(report().checks[0], reason=text),)),
}


def everything(report: Report) -> str:
    return json.dumps(msgspec.to_builtins(report), ensure_ascii=False)


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=20)
@given(before=WORDS, secret=st.one_of(*SHAPED.values()), after=WORDS)
def test_a_secret_disappears_wherever_it_stands(place: str, before: str, secret: str, after: str) -> None:
    clean = redacted(PLACES[place](f"{before} {secret} {after}"))

    assert secret not in everything(clean)
    assert sum(clean.redactions.values()) >= 1


@pytest.mark.parametrize("shape", SHAPED)
@settings(max_examples=40)
@given(data=st.data())
def test_each_shape_of_a_secret_is_taken_out_whole_and_counted_once(shape: str, data: st.DataObject) -> None:
    redactor = Redactor()
    secret = data.draw(SHAPED[shape])

    assert redactor.text(f"we saw {secret} here") == f"we saw {REMOVED} here"
    assert redactor.removed.total() == 1


@pytest.mark.parametrize("lead", LED_BY)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_named_a_secret_is_taken_out_and_its_name_stays(lead: str, data: st.DataObject) -> None:
    redactor = Redactor()
    secret = data.draw(LED_BY[lead])
    expected = lead.replace("sam:", "").format(REMOVED)

    assert redactor.text(lead.format(secret)) == expected
    assert redactor.removed.total() == 1


@pytest.mark.parametrize("lead", LED_BY)
def test_what_was_taken_out_before_is_not_taken_out_again(lead: str) -> None:
    redactor = Redactor()
    text = lead.replace("sam:", "").format(REMOVED)

    assert redactor.text(text) == text
    assert redactor.removed == Counter()


KNOWN = st.text(alphabet=LETTERS + "-_/+=\"'\\é &<", min_size=MIN_KNOWN, max_size=40)

WAYS: Mapping[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "JSON": json.dumps,
    "JSON in Unicode": lambda value: json.dumps(value, ensure_ascii=False),
    "a URL": lambda value: quote(value, safe=""),
    "a path of a URL": quote,
    "a form": quote_plus,
    "HTML": escape,
    "Base64": lambda value: base64.b64encode(value.encode()).decode(),
    "Basic": lambda value: base64.b64encode(f"sam:{value}".encode()).decode(),
    "Base64 for URLs": lambda value: base64.urlsafe_b64encode(f":{value}:".encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS)
@given(before=WORDS, secret=KNOWN, after=WORDS)
@example(before="", secret="?>?>?>~~~", after="")
def test_a_known_value_disappears_however_it_is_written(
    way: str, before: str, secret: str, after: str
) -> None:
    written = WAYS[way](secret)
    clean = redacted(report(detail=f"{before}|{written}|{after}"), secret)
    left = clean.findings[0].detail

    assert written not in left
    assert sum(clean.redactions.values()) >= 1


def test_known_values_that_overlap_leave_nothing_of_each_other() -> None:
    clean = redacted(report(detail="see swordfish-marlin."), "swordfish", "fish-marlin", "marlin")

    assert clean.findings[0].detail == "see ***."
    assert clean.redactions == {"known": 1}


def test_a_known_value_that_overlaps_itself_leaves_nothing_of_it() -> None:
    clean = redacted(report(detail="see abcabcabc."), "abcabc")

    assert clean.findings[0].detail == "see ***."


def test_a_known_value_within_a_shaped_one_leaves_nothing_of_it() -> None:
    clean = redacted(report(detail="see sk-abcdswordfishefgh."), "swordfish")

    assert clean.findings[0].detail == "see ***."
    assert clean.redactions == {"api-key": 1}


def test_a_secret_across_the_place_where_a_long_text_is_cut_is_taken_out_whole() -> None:
    for secret, *known in (
        ("swordfish" * 3, "swordfish" * 3),
        (f"sk-{'a' * 40}",),
        ("x7" * LONG, "x7" * LONG),
    ):
        detail = f"{'.' * (MOST_TEXT - 8)}{secret}{'.' * 9000}"
        clean = redacted(report(detail=detail), *known)

        assert clean.findings[0].detail.startswith(f"{'.' * (MOST_TEXT - 8)}***... (")
        assert secret[:8] not in clean.findings[0].detail


def test_a_text_that_nobody_would_read_to_its_end_is_cut_and_says_so() -> None:
    long = report(detail="ab" * 3_000_000, evidence={"keys": tuple(f"k{n}" for n in range(90_000))})
    (finding,) = redacted(long).findings

    assert finding.detail == f"{'ab' * (MOST_TEXT // 2)}... ({6_000_000 - MOST_TEXT} more characters)"
    assert finding.evidence["keys"] == (
        *(f"k{n}" for n in range(MOST_WORDS)),
        f"... ({90_000 - MOST_WORDS} more)",
    )


def test_thousands_of_known_values_are_searched_for_in_no_time() -> None:
    known = tuple(f"{n:06d}-{n}" for n in range(30_000))
    redactor = Redactor(known=known)  # looking for each in each text took ten seconds

    assert [redactor.text(f"see {n:06d}-{n}.") for n in range(2000)] == ["see ***."] * 2000


def test_a_known_value_that_repeats_itself_is_searched_for_in_no_time() -> None:
    clean = redacted(report(detail="a" * 1_000_000), "a" * 500_000)  # took minutes

    assert clean.findings[0].detail.startswith("***")


def test_a_known_value_too_short_to_be_a_key_tears_no_word_apart() -> None:
    assert redacted(report(detail="an author"), "auth").findings[0].detail == "an author"


def test_what_was_removed_is_counted_by_kind_wherever_it_was_removed() -> None:
    vault = Vault()
    vault.secret("swordfish")
    vault.count({"known": 2, "password": 1, "another": 9, "token": -4})
    text = f"swordfish, {JWT}, sk-abcdefghijkl and swordfish"

    assert redact(report(detail=text), vault=vault, home="").report.redactions == {
        "api-key": 1,
        "known": 4,
        "password": 1,
        "token": 1,
    }


@given(
    st.lists(st.one_of(WORDS, KNOWN, *SHAPED.values(), st.sampled_from(["/home/sam", "\x1b[31m", "\udce9"])))
)
def test_what_is_clean_stays_as_it_is(pieces: list[str]) -> None:
    once = Redactor(home="/home/sam").text(" ".join(pieces))
    again = Redactor(home="/home/sam")

    assert again.text(once) == once
    assert again.removed == Counter()


@given(st.text(alphabet=LETTERS + " .,:;-_()[]/\\*'\n\té✓", max_size=200))
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assume(not any(rule.pattern.search(text) for rule in RULES))
    redactor = Redactor()

    assert redactor.text(text) == text
    assert redactor.removed == Counter()


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication is required; Bearer authorization is not",
        "codex login --device-auth, then sk-learn; see https://example.com/path",
        "the refresh token is missing; the password is asked for; rt-linux 6.1",
        "tokens: 12, secrets: 3, key=value, api_key: unset, a@b.example",
        "at_least_one_of_the_hosts is down; start_with_something_longer",
    ],
)
def test_words_that_sound_like_secrets_are_left_alone(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_healthy_report_is_not_changed() -> None:
    assert redacted(report()) == report()


@pytest.mark.parametrize(
    ("home", "text", "expected"),
    [
        ("/home/sam", "/home/sam", "~"),
        ("/home/sam/", "in /home/sam/.codex/auth.json.", "in ~/.codex/auth.json."),
        ("/home/sam", "cannot read /home/sam.", "cannot read ~."),
        ("/home/sam", "file:///home/sam/x and '/home/sam'", "file://~/x and '~'"),
        ("/home/sam", "/home/samuel /home/sam.old /home/sam-2", "/home/samuel /home/sam.old /home/sam-2"),
        ("/home/sam", "/mnt/home/sam", "/mnt/home/sam"),
        ("C:\\Users\\Sam", "C:\\Users\\Sam\\x, C:/Users/Sam/x", "~\\x, ~/x"),
        ("C:\\Users\\Sam", '{"home": "C:\\\\Users\\\\Sam\\\\x"}', '{"home": "~\\\\x"}'),
        ("/", "/etc/passwd", "/etc/passwd"),
        ("", "/etc/passwd", "/etc/passwd"),
        ("//", "//etc/passwd", "//etc/passwd"),
        ("C:\\", "C:\\Windows", "C:\\Windows"),
    ],
)
def test_the_home_becomes_a_tilde_and_its_neighbours_stay(home: str, text: str, expected: str) -> None:
    assert Redactor(home=home).text(text) == expected


def test_what_would_move_a_cursor_or_cannot_be_written_is_shown_as_what_it_is() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")

    assert Redactor().text(f"\x1b[2J{name}\u202e\r\n\t") == "\\x1b[2Jcaf\\udce9\\u202e\\r\n\t"


@given(st.text(alphabet=st.characters(), max_size=50))
def test_every_redacted_text_can_be_written(text: str) -> None:
    assert Redactor().text(text).encode("utf-8")[:0] == b""


def test_a_secret_that_got_into_a_report_is_taken_out_and_counted() -> None:
    vault = Vault()
    clean = redact(report(evidence={"key": vault.secret("swordfish")}), vault=vault, home="").report

    assert clean.findings[0].evidence == {"key": REMOVED}
    assert clean.redactions == {"known": 1}


def test_what_our_own_code_says_is_not_searched_and_all_else_is() -> None:
    value = "The key sk-abcdefghijkl is named"
    clean = redact(
        report(evidence={"a": value, "b": f"{value}!"}), vault=Vault(), home="", ours=frozenset({value})
    ).report

    assert clean.findings[0].evidence == {"a": value, "b": "The key *** is named!"}


class Nested(Struct, frozen=True):
    """Something that nobody declared as evidence."""

    word: str


def test_what_should_not_be_in_a_report_is_redacted_all_the_same() -> None:
    class Shouted(str):
        __slots__ = ()

    value = "sk-abcdefghijkl"
    strange = {
        "path": Path(f"/{value}"),
        "bytes": value.encode(),
        "set": frozenset({value}),
        "list": [value],
        "view": MappingProxyType({value: value}),
        "nested": Nested(value),
        "word": Shouted(value),
    }

    assert Redactor().tree(strange) == {
        "path": "/***",
        "bytes": "b'***'",
        "set": frozenset({"***"}),
        "list": ("***",),
        "view": {"***": "***"},
        "nested": Nested("***"),
        "word": "***",
    }


def test_a_report_counts_as_redacted_only_when_it_was() -> None:
    with pytest.raises(TypeError, match="comes from redact"):
        RedactedReport(report(), _made_by=None)

    clean = redact(report(), vault=Vault(), home="")
    with pytest.raises(AttributeError):
        clean.report = report(detail=JWT)  # type: ignore[misc] # that it is refused is the point


PLENTY = 250_000
"""Characters: a quadratic search would take minutes, and what is linear takes no time."""


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "-eyJaaaaaaaa", "eyJ", "eyJaaaaaaaa.", "at-", "rt.1.", "sk-", "a://", "://", "a:a@", "@",
     "bearer ", "bearer\t", "password ", "password:", 'secret="', "api_key", "\\", "ghp_", "AKIA",
     "/home/sam", "/home/sam.", " ", "\n", "*", "***", "\x1b", "~", "swordfish", "swordfis", "é"],
)  # fmt: skip
@pytest.mark.parametrize("head", ["", "://"])
def test_a_long_text_of_anything_is_searched_in_linear_time(head: str, piece: str) -> None:
    text = head + piece * (PLENTY // len(piece))
    redactor = Redactor(known=("swordfish", "swordfishswordfish"), home="/home/sam")

    assert "swordfish" not in redactor.text(text)


@pytest.mark.parametrize(
    ("user", "folder", "expected"),
    [
        ("sam", "my codex", "cat ~/'my codex/auth.json'"),
        ("sam", "für-codex", "cat ~/'für-codex/auth.json'"),
        ("Sam Doe", "codex", "cat ~/codex/auth.json"),
        ("jürgen", "codex", "cat ~/codex/auth.json"),
        ("Sam Doe", "my codex", "cat ~/'my codex/auth.json'"),
    ],
)
def test_a_quoted_path_in_the_home_stays_a_path_that_a_shell_finds(
    tmp_path: Path, user: str, folder: str, expected: str
) -> None:
    home = tmp_path / user
    (home / folder).mkdir(parents=True)
    (home / folder / "auth.json").write_text("found")

    shown = Redactor(home=str(home)).text(f"cat {shlex.quote(str(home / folder / 'auth.json'))}")
    said = subprocess.run(["/bin/sh", "-c", shown], env={"HOME": str(home)}, capture_output=True, check=False)

    assert shown == expected
    assert said.stdout == b"found"


def test_the_home_alone_is_a_path_that_a_shell_finds_too() -> None:
    assert Redactor(home="/home/Sam Doe").text("ls '/home/Sam Doe'") == "ls ~"
    assert Redactor(home="/home/sam").text("it is called '/home/sam/x'") == "it is called '~/x'"

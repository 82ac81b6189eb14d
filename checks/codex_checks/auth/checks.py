"""Every check of the stored sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.auth import beside, files, left, methods, tokens

if TYPE_CHECKING:
    from codex_doctor.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    beside.sign_in_is_the_one_meant,
    files.file_can_be_saved,
    files.file_is_private,
    files.file_is_readable,
    files.file_is_valid,
    files.mode_is_loadable,
    left.saves_are_finished,
    methods.access_token_variable_is_valid,
    methods.method_is_allowed,
    methods.one_sign_in_for_all,
    methods.signed_in,
    methods.store_keeps_sign_in,
    tokens.access_token_is_current,
    tokens.account_is_that_of_the_tokens,
    tokens.key_hides_nothing,
    tokens.login_can_be_renewed,
    tokens.tokens_are_complete,
)

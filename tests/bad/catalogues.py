"""Bad checks that hold their whole catalogue up, or spoil it."""

from __future__ import annotations

from typing import Final

from bad.plugins import Bad
from codex_doctor.testing import Rule

HANGING: Final = (
    Bad(
        name="never-matches",
        alone=True,
        body="re.match('(a+)+$', 'a' * 64 + 'b')",
        rule=Rule.BOUNDED,
        says="in judge_",
        verdict="timed-out",
    ),
    Bad(
        name="sleeps-in-judge",
        alone=True,
        body="time.sleep(1_000_000)",
        rule=Rule.BOUNDED,
        says="did not end within",
        verdict="timed-out",
    ),
    Bad(
        name="sleeps-in-probe",
        alone=True,
        code="""
        P = declared("acme-sleeps-in-probe-is-wrong", "ACMENUMBER")

        @blocking_probe("acme.sleeps", touches={Touches.FILES}, limit=60)
        def sleeps(ctx):
            time.sleep(1_000_000)

        @checked("sleeps-in-probe", (sleeps,), P)
        def sleeps_in_probe(env):
            yield from ()
        """,
        rule=Rule.BOUNDED,
        subject="acme.sleeps",
        says="it did not answer within",
        verdict="timed-out",
    ),
    Bad(
        name="blocks-the-loop",
        alone=True,
        code="""
        P = declared("acme-blocks-the-loop-is-wrong", "ACMENUMBER")

        @probe("acme.blocks", touches={Touches.FILES}, limit=60)
        async def blocks(ctx):
            time.sleep(1_000_000)

        @checked("blocks-the-loop", (blocks,), P)
        def blocks_the_loop(env):
            yield from ()
        """,
        rule=Rule.BOUNDED,
        subject="acme.blocks",
        says="in blocks",
        verdict="timed-out",
    ),
)
"""Those that never end."""

WHOLE: Final = (
    Bad(
        name="fails-at-import",
        alone=True,
        code="import nowhere_to_be_found",
        rule=Rule.LOADS,
        subject="the catalogue",
        says="No module named 'nowhere_to_be_found'",
        reason="No module named 'nowhere_to_be_found'",
    ),
    Bad(
        name="exits-at-import",
        alone=True,
        code="os._exit(0)",
        rule=Rule.ENDS,
        subject="the catalogue",
        says="ends the whole process (exit code 0) while it is imported",
        reason="its worker ended with exit code 0",
    ),
    Bad(
        name="ignores-sigterm",
        alone=True,
        code="signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(1_000_000)",
        rule=Rule.BOUNDED,
        subject="the catalogue",
        says="did not end within",
        verdict="timed-out",
        reason="its worker was not done",
    ),
    Bad(
        name="reuses-a-code",
        alone=True,
        code='declared("acme-reuses-a-code-is-wrong", "CDX101")',
        rule=Rule.NAMES,
        subject="CDX101",
        says="the code CDX101 is codex-doctor's own",
        reason="it uses the code CDX101, which is not its own",
    ),
    Bad(
        name="reuses-a-check-id",
        alone=True,
        code="""
        CHECKS.append(check("auth.file-is-valid", title="x", needs=(env,), reports=())(lambda env: ()))
        """,
        rule=Rule.NAMES,
        subject="auth.file-is-valid",
        says="the check id auth.file-is-valid is codex-doctor's own",
        reason="it uses the check id auth.file-is-valid, which is not its own",
    ),
    Bad(
        name="has-no-page",
        code="""
        declared("acme-has-no-page-is-wrong", "ACMENUMBER")
        def page(name): return "# Nothing"
        """,
        rule=Rule.PAGES,
        subject="acme-has-no-page-is-wrong",
        says="its page must begin with",
        runs=False,
    ),
)
"""Those whose catalogue as a whole is bad."""

"""Bad checks: each is caught by the test kit, and contained at run time."""

from __future__ import annotations

from typing import Final

from bad.plugins import Bad
from codex_doctor.testing import Rule

ENDING: Final = (
    Bad(
        name="exits",
        alone=True,
        body="os._exit(0)",
        rule=Rule.ENDS,
        says="ends the whole process (exit code 0)",
        reason="its worker ended with exit code 0",
    ),
    Bad(
        name="calls-sys-exit",
        body="sys.exit(0)",
        rule=Rule.ENDS,
        says="calls sys.exit",
        reason="SystemExit: 0",
    ),
    Bad(
        name="raises",
        body="raise KeyError('gate')",
        rule=Rule.ENDS,
        says="raises KeyError: 'gate' at judge_",
        reason="KeyError: 'gate'",
    ),
    Bad(
        name="yields-text",
        body="yield 'it is wrong'",
        rule=Rule.DATA,
        says="it yields str, not a Finding",
        reason="AttributeError",
    ),
    Bad(
        name="returns-nothing",
        code="""
        P = declared("acme-returns-nothing-is-wrong", "ACMENUMBER")

        @checked("returns-nothing", (env,), P)
        def returns_nothing(env):
            return None
        """,
        rule=Rule.DATA,
        says="it returns NoneType, not findings",
        reason="TypeError",
    ),
    Bad(
        name="finds-200-mb",
        body="yield WRONG.found('x' * 200_000_000)",
        rule=Rule.BOUNDED,
        says="its detail has 200000000 characters",
        verdict="found",
    ),
    Bad(
        name="closes-everything",
        alone=True,
        body="os.closerange(0, 4096)",
        rule=Rule.TIDY,
        says="closes descriptors that it did not open",
        reason="its worker ",
    ),
    Bad(
        name="kills-its-parent",
        body="os.kill(os.getppid(), signal.SIGKILL)",
        rule=Rule.TIDY,
        says="calls os.kill(",
        reason="NotYoursError",
    ),
    Bad(
        name="kills-its-parent-by-a-program",
        alone=True,
        body="subprocess.run(['/bin/sh', '-c', 'kill -9 $1', 'sh', str(os.getppid())]); time.sleep(600)",
        rule=Rule.ENDS,
        says="ends the whole process (SIGKILL)",
        reason="its worker was ended by SIGKILL",
    ),
    Bad(
        name="writes-to-the-terminal",
        body="open('/dev/tty', 'w').write('\\033c\\033[31m')",
        rule=Rule.QUIET,
        says="opens /dev/tty",
        reason="OSError",
    ),
)
"""Those that crash, or end their worker: the culprit is named."""

QUIET: Final = (
    Bad(
        name="writes-to-fd-1",
        body="os.write(1, b'good morning')",
        rule=Rule.QUIET,
        says="prints 12 bytes while it judges, 'good morning'",
        verdict="healthy",
    ),
    Bad(name="prints", body="print('hello')", rule=Rule.QUIET, says="'hello\\n'", verdict="healthy"),
    Bad(
        name="prints-200-mb",
        body="for _ in range(200): os.write(1, b'x' * 1_000_000)",
        rule=Rule.QUIET,
        says="prints 200000000 bytes",
        verdict="healthy",
    ),
    Bad(
        name="leaks-a-secret",
        body="yield WRONG.found(f'the key is {env.text}')",
        rule=Rule.SECRETS,
        says="what it says shows note",
        verdict="found",
    ),
    Bad(
        name="forks-twice",
        body="""
        for _ in range(2):
            if os.fork() == 0:
                while True: time.sleep(600)
        """,
        rule=Rule.PURE,
        says="os.fork",
        verdict="healthy",
    ),
    Bad(
        name="changes-the-process",
        body="os.environ['PATH'] = '/nowhere'; os.chdir('/'); os.umask(0)",
        rule=Rule.TIDY,
        says="changes the environment (PATH)",
        verdict="healthy",
    ),
    Bad(
        name="leaves-a-daemon",
        body="""
        subprocess.run([sys.executable, "-c", "import os, time\\nif os.fork(): os._exit(0)\\n"
                        "os.setsid()\\nif os.fork(): os._exit(0)\\ntime.sleep(600)"])
        """,
        rule=Rule.TIDY,
        says="leaves a process running",
        verdict="healthy",
    ),
    Bad(
        name="reads-while-it-judges",
        body="open('/etc/hostname').read()",
        rule=Rule.PURE,
        says="reads /etc/hostname while it judges",
        verdict="healthy",
    ),
    Bad(
        name="judges-by-the-clock",
        body="yield WRONG.found(time.strftime('%Y', time.gmtime(time.time())))",
        rule=Rule.DETERMINISTIC,
        says="judges the same facts differently",
        verdict="found",
    ),
    Bad(
        name="judges-by-the-environment",
        body="if 'HOME' in os.environ: yield WRONG.found('there is a home')",
        rule=Rule.DETERMINISTIC,
        says="found, then healthy",
        verdict="found",
    ),
    Bad(
        name="lets-chance-decide",
        body="yield WRONG.found(', '.join({'a', 'b', 'c', 'd', 'e', 'f'}))",
        rule=Rule.DETERMINISTIC,
        says="sort what comes from a set",
        verdict="found",
    ),
    Bad(
        name="touches-more",
        code="""
        P = declared("acme-touches-more-is-wrong", "ACMENUMBER")

        @blocking_probe("acme.undeclared", touches={Touches.FILES}, limit=5)
        def undeclared(ctx):
            try:
                socket.create_connection(("127.0.0.1", 9), 1).close()
            except OSError:
                pass
            ctx.home.joinpath("left").write_text("was here")
            return Env(text="")

        @checked("touches-more", (undeclared,), P)
        def touches_more(env):
            yield from ()
        """,
        rule=Rule.HONEST,
        subject="acme.undeclared",
        says="add Touches.ACCOUNT to what it touches",
        verdict="healthy",
    ),
)
"""Those that do harm to nobody once they are contained."""

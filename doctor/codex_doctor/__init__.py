"""The engine of codex-doctor: it reads a machine, judges what it read and says what is wrong.

It knows nothing of Codex: what there is to read and to judge comes from catalogues. Programs that want an
answer call `diagnose`, or await `diagnose_async`; what they need comes when it is first asked for.
"""

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest of `--version`
if TYPE_CHECKING:
    from codex_doctor.errors import UsageError
    from codex_doctor.model import Report
    from codex_doctor.preflight import Checked, diagnose, diagnose_async

__version__ = "0.1.0"

__all__ = ["Checked", "Report", "UsageError", "__version__", "diagnose", "diagnose_async"]


def __getattr__(name: str) -> object:
    """Load what programs call only when one does: every command begins by importing this."""
    if name in __all__:
        from codex_doctor import errors, model, preflight

        places = {"Report": model, "UsageError": errors}
        return getattr(places.get(name, preflight), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

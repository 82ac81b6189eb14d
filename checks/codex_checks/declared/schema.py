"""The JSON Schema of files of the user's own checks: `python -m codex_checks.declared.schema` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("checks.schema.json")


def schema() -> dict[str, Any]:
    """Return the schema, which also says that a check looks at exactly one thing."""
    import msgspec

    from codex_checks.declared.shape import KINDS, Checks

    made = msgspec.json.schema(Checks)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["$defs"]["Declared"]["oneOf"] = [{"required": [kind]} for kind in KINDS]
    return made


def text() -> str:
    """Return the schema as it is shipped."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")

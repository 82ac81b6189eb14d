from __future__ import annotations

import re
import runpy
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "troubleshooting" / "writing-a-check.md"


def test_the_example_of_the_page_runs_and_its_tests_pass(tmp_path: Path) -> None:
    example = tmp_path / "example.py"
    example.write_text("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)))

    names = runpy.run_path(str(example), run_name="example")
    tests = [name for name in names if name.startswith("test_")]
    for test in tests:
        names[test]()

    assert len(tests) == 2

"""`python -m codex_doctor` is `codex-doctor`."""

from codex_doctor.cli import main

main()

"""How often `--watch` looks."""

from __future__ import annotations

from typing import Final

PACE: Final = 10.0
"""Seconds between two looks, if nobody says otherwise."""

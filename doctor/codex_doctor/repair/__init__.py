"""Mend what was found: plan, consent, backup, apply, re-examine, undo. Nothing else changes the machine."""

"""The engine of codex-doctor: it reads a machine, judges what it read and says what is wrong.

It knows nothing of Codex: what there is to read and to judge comes from catalogues.
"""

__version__ = "0.1.0"

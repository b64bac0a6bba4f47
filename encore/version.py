"""Which Encore this is."""

VERSION = "0.1.0"
"""Also part of every chunk's key: another version makes its chunks anew."""

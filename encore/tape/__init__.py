"""Tape to frames: after this package everything is progressive, of one colour, and counted once."""

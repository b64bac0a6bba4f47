"""Frames to facts: one file is one question, and one pass over the tape feeds them all."""

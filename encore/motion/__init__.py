"""Where content goes from picture to picture: flow, and pictures brought onto each other by it.

Planes come in and go out as float32 in 8-bit codes (16 black, 235 white) unless a docstring says otherwise.
"""

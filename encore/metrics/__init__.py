"""Numbers about pictures: pure functions from arrays to numbers, with the unit in the docstring."""

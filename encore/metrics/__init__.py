"""Numbers about pictures: pure functions from arrays to floats, with the unit in the docstring."""

"""A concert of our own on a tape of our own, with known truth: for the demo, the tests and the benchmarks."""

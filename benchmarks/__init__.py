"""One script per claim; each prints date, machine and commit."""

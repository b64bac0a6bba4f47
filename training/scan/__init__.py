"""Fits of what the scan knows: every table of fitted numbers in `encore/analysis` comes from a module here."""

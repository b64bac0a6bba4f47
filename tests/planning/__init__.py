"""Tests of encore.planning."""

"""Tests of encore.metrics."""

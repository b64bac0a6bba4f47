"""Tests of encore.core."""

"""Tests of encore.encoding."""

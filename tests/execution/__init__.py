"""Tests of encore.execution."""

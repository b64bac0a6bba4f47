"""Tests of encore.restoration."""

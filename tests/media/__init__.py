"""Tests of encore.media."""

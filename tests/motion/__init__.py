"""Tests of encore.motion."""

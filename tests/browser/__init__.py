"""Tests of streams in a real browser."""

"""Bits against quality: our search beside one CRF for all, beside others' searches, and beside every CRF tried."""

"""Is the repair in motion as good as it should be? Measured where the truth is known, beside FFmpeg's filters."""

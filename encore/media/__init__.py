"""The only door to PyAV and ffmpeg: compressed bytes come in and go out here, plain arrays in between."""

"""Better frames to the smallest file that still looks the same: codecs, chunks, the joined film."""

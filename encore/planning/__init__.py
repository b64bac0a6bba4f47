"""Facts and intent in, decisions out: pure, no files, no pixels."""

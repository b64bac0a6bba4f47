"""Facts and intent in, decisions out: no pixels, and no file but the plan itself."""

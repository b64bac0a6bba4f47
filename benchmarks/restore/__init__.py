"""Is the film nearer to what was before the camera than what people use now? Whole chain, from a tape file to x4."""

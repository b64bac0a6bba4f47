"""Training: how the numbers that the package ships were fitted; not shipped itself, and never imported by it."""

"""A course on optimization for training deep models."""

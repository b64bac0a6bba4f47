"""The face detector: its labels, views, network, training, judging and release."""

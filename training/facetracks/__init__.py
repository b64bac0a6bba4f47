"""Facetracks: faces that move before a simulated tape's camera, and what a face network sees and should see of them."""

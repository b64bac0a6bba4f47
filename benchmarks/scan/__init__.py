"""How right is the scan, on material whose truth is known?"""

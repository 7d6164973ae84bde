"""Recorded sessions looked at again: their signals at any range and resolution, and their analysis run otherwise (contract 6)."""

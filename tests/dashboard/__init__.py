"""A package, so that one browser serves all its tests: fixtures of the scope `package` end with it (conftest.py)."""

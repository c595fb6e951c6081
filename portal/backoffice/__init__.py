"""Operator screens: a module per task of the vendor's staff."""

"""Customers, subscriptions and what belongs to them, in one line."""

from factory.builder import DeclarationSet

# For every trait that is not asked for, factory_boy raises an error to itself that names all
# declarations. Nobody reads it, and spelling them out takes a fifth of a factory's time.
DeclarationSet.__repr__ = object.__repr__

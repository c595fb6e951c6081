"""What `make run` and `make test` need on a machine that has only Python and make.

Nothing of this runs in production. `place` and `bootstrap` use the standard library alone:
they work before there is a virtual environment.
"""

"""A reference Operation Center: the platform's side of docs/operation-center.json.

Another system that happens to live in this repository. It knows the portal by HTTP alone and
imports nothing of it; an import contract checks that. Its state is a small SQLite file.
"""

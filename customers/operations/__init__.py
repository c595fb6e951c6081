"""Verbs on organisations, people, tenants, advice and mail, in modules named by noun."""

"""Declarative table maps, compiled to SQL and run step by step."""

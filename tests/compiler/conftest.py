"""The fixtures of the laws."""

from tests.compiler.random_queries import ask, sample

__all__ = ["ask", "sample"]

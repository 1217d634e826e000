"""The compiler: right numbers from a semantic query, or a typed refusal."""

from semantic_layer.compiler.compile import Compiled, OutputColumn, compile_query

__all__ = ["Compiled", "OutputColumn", "compile_query"]

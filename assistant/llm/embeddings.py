"""An encoder that is a service of embeddings, through langchain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np

from assistant.linking.encoders import Vectors, unit
from assistant.llm.chat import check_installed
from semantic_layer.errors import UsageError


class ServiceEncoder:
    """A model of embeddings by its name in langchain's words, as `openai:text-embedding-3-small`. Texts are sent to its provider."""

    def __init__(self, name: str) -> None:
        """Raises UsageError where langchain is missing."""
        check_installed(name)
        self.name = name

    @cached_property
    def version(self) -> str:
        """That of langchain: providers do not say when a model changes."""
        return version("langchain")

    @cached_property
    def dim(self) -> int:
        """The length of a vector, which the service says."""
        return int(self.encode(["问数"]).shape[1])

    @cached_property
    def _model(self) -> Any:
        from langchain.embeddings import init_embeddings

        try:
            return init_embeddings(self.name)
        except Exception as error:  # each provider has errors of its own for a missing package or key
            raise UsageError(f"The embeddings {self.name} cannot be set up: {error}", f"无法配置向量服务 {self.name}：{error}") from error

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text, float32. Raises UsageError where the service does not answer."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        from langsmith import tracing_context

        try:
            with tracing_context(enabled=False):
                found = self._model.embed_documents(list(texts))
        except UsageError:
            raise
        except Exception as error:  # of whatever library the provider comes with
            raise UsageError(f"The embeddings {self.name} do not answer: {error}", f"向量服务 {self.name} 没有回答：{error}") from error
        return unit(np.asarray(found, np.float32))

"""A language model as a second reader: it proposes a semantic query or several, and writes neither SQL nor figures.

`reader.ModelReader` stands around the grammar. Only `chat` and `embeddings` import langchain, when they are first needed.
"""

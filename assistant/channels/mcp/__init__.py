"""The MCP server: tools for language models over the same answers, rights and gate as everybody else's."""

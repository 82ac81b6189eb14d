"""The MCP servers that Codex is told to use: whether they can be started or reached, and answer."""

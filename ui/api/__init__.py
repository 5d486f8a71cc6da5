"""The doors for programs: HTTP beside the page, and MCP. Each calls the same assistant as the page does."""

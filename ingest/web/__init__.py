"""Articles from links, feeds and sitemaps: the only outgoing HTTP."""

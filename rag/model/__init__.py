"""Language models: connection, prompt, streamed draft, citations, faults."""

"""The server: HTTP, access, and the Gradio app mounted in it."""

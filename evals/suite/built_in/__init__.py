"""The built-in evaluation cases."""

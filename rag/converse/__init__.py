"""Conversations: follow-ups, small talk, suggested questions."""

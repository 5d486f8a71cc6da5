"""Cases: their forms, where they come from, and the corpus that they are asked of."""

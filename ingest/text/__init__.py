"""What a word, a sentence, a language and a date is: the only place that says so."""

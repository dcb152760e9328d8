"""The figures' own fixed phrases and what they recognise beside the knowledge, a file a language."""

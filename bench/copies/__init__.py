"""Copy attack: how often a mark copied onto something innocent is taken for what it names. See `__main__`."""

"""How fast faces are drawn, and whole jobs done."""

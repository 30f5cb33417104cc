"""How it is mapped: the data-centric directive language, its diagnostics and its resolution."""

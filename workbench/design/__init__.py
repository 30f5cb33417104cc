"""What a person edits and scores: Design, budget, score, explain, compare, the TOML file."""

"""What searches it: the space, optimisers behind ask/tell, baselines, runs."""

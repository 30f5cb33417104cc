"""What it runs on: cores, boards, resources, energy tables."""

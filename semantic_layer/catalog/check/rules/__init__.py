"""The rules, a file for each thing they look at."""

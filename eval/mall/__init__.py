"""How well the pipeline cleans the mall: what it made of the untidy sources, against what is known to be true (`python -m eval.mall`)."""

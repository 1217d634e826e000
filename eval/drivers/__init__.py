"""How well the drivers of a change are found: planted causes and quiet days in made-up shops."""

"""From the sources of a shop, each in its own language, to tables of one: reading, standardising, quality rules, refreshing."""

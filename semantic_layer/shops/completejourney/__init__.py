"""The shop completejourney: a year of grocery shopping, 2017."""

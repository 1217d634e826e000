"""The shop flights: all flights that left New York City in 2013, with planes, airports, airlines and weather."""

"""Tests of linking: values, names, encoders."""

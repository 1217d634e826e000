"""The shop mall: eighteen months of a made-up Chinese marketplace, with untidy source files and a known truth."""

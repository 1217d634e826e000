"""Thin adapters: each renders an Answer, none computes one."""

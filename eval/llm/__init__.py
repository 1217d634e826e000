"""How well the second reader does: with a perfect model, with a small real one."""

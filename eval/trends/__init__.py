"""How well unusual days, level shifts and forecasts are told: planted series through the real analyses, and past weeks forecast again."""

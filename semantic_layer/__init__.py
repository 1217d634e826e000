"""Catalog, semantic query, compiler, guard and engines: everything that needs no language and no person."""

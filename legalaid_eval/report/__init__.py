"""Words, tables, pictures and pages: the only room that knows languages."""

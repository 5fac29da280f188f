"""The pages: sections, tables and templates."""

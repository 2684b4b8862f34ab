"""Pictures drawn at run time; no photograph is kept in this package."""

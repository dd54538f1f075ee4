"""One module for each step of the schema. A step that has shipped is never changed."""

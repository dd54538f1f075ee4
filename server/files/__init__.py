"""Files: their contents on the disk, uploads in pieces, and the HTTP that carries both ways."""

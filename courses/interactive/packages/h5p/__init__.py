"""H5P: what a package must be, how its content is cleaned, how it speaks French. Pure: no database, no storage."""

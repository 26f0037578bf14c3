"""Interactive content made elsewhere or here: H5P, SCORM 1.2 and 2004, cmi5; the modern successor of h5pp.

Three apps, each of which can be read without the others:

- `packages` lies below the catalogue: what a package is, how it is checked before anything is stored, its files and
  libraries, its export, its screens in Wagtail.
- `lrs` keeps xAPI statements and documents and speaks xAPI 1.0.3 to players and to tools with credentials.
- `playing` lies above the catalogue: the page and the block that show a package, the sandbox that it runs in, what it
  reports, what counts.
"""

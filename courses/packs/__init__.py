"""Course packs: modules as folders of text, checked, then loaded as pages. `content/README.md` is the format."""

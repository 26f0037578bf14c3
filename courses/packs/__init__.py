"""Course packs: modules as folders of Markdown and YAML, checked, then loaded as pages. `content/README.md` is the format."""

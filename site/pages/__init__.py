"""CMS pages that are not courses (home, standard pages) and the StreamField blocks that every page shares."""

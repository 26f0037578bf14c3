"""SCORM 1.2 and SCORM 2004 (3rd and 4th edition) packages, read without trust. Pure."""

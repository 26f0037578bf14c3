"""Questions in and out: GIFT, Moodle XML and QTI files, read into raw blocks and written from them.

`reading` and `writing` are the two doors. What they use knows no database: a reader yields one `Imported` for each
question of a file, in the order of the file, and keeps one question in memory at a time. `admin` holds the pages of
Wagtail's admin, over `courses.quizzes.imports`, which stores what was read.
"""

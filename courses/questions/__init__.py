"""Questions: the blocks that editors write, their snapshot, and the pure rules that grade an answer.

Below `catalog` and `quizzes`, because a lesson holds questions («Vérifiez-vous») as well as a quiz does.
"""

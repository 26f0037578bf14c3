"""Quizzes: the page that holds the questions, the attempts that people make at it, and what an attempt shows."""

"""The learning domain: questions, catalogue, quizzes, progress, packs. Each package is a Django app of its own."""

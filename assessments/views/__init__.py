"""The pages of assessments: quizzes, workplace tasks, grading."""

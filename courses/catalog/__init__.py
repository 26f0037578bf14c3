"""The catalogue: federations' spaces, modules (CoursePage), their lessons, and the referential of competences."""

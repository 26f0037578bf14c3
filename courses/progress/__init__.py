"""Progress: who follows which module, what they have seen and done, and when a module is complete."""

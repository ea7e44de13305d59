"""How well a model understands: cross-validation, questions put to a trained model, and the report of both."""

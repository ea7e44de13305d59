"""The way to the Rasa engine: its client, its process, its model."""

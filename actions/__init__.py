"""What the engine lets the assistant do: answer, take a case in, hand over to a person (rasa-sdk actions)."""

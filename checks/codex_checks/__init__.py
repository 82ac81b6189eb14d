"""What codex-doctor knows of OpenAI's Codex CLI, as a catalogue for the engine."""

"""The language model: any OpenAI-compatible service."""

"""A service that judges texts, by the protocol of OpenAI's `/moderations`."""

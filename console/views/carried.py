"""What a reply says: its text, or the words of its voice."""

from store.messages import ReplyKind

# An expression on a row of `messages`; the reply of a voice is only its name at WeChat.
WORDS = f"""
    CASE messages.reply_kind WHEN '{ReplyKind.VOICE}' THEN coalesce(
        (SELECT substr(said.answer, 1, CAST(messages.reply_end AS INTEGER))
           FROM messages AS said WHERE said.id = messages.reply_of), '')
    ELSE messages.reply END
"""
SPOKEN = f"messages.reply_kind = '{ReplyKind.VOICE}' AS spoken"

"""The text channel: a photo sent over WhatsApp or Telegram is answered by a short text.

Off unless it is set up; ``docs/channels.md`` says how. One module per platform knows that platform's protocol, the
others know nothing of it.
"""

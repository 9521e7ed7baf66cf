"""Channels: a photo sent over WhatsApp, Telegram or RapidPro, or an SMS, gets a short text as the answer.

Off unless it is set up; ``docs/channels.md`` says how. One module per platform knows that platform's protocol, the
others know nothing of it.
"""

"""What the service answers from, and how it goes over to something newer without leaving anybody unanswered."""

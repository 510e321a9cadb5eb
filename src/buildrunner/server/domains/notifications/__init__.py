"""Floor 3: tells the outside world what happened. For now by outbound webhooks."""

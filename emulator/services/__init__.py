"""The service requests of the national service, declared once: who asks what of which device, and what comes back."""

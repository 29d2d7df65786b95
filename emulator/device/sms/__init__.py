"""SMS: on their way to and from a hub, and the text that a meter without any other wire speaks."""

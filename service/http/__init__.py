"""HTTP as WeChat and monitors speak it: the listener, connections, what is asked and answered."""

"""WeChat: its pushes, its encryption and its API."""

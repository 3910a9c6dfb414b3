"""插件: the pytest plugin; the steps come with it."""

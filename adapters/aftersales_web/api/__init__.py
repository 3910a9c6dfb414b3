"""接口: the same desk for other programs: REST, problem details, a feed of facts."""

/* The kinds of filters; see filter.h. The order has no meaning. */
FILTER(level)
FILTER(since)
FILTER(until)
FILTER(source)
FILTER(module)
FILTER(grep)
FILTER(expr)

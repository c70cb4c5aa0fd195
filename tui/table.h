/* The views: the log below all, and the panes that lie over it. VIEW(name) */
VIEW(log)
VIEW(detail)
VIEW(sources)
VIEW(filters)
VIEW(help)

/* The kinds of sources; those with a prefix first, then path kinds in the order in which
 * they are asked. See source.h. */
SOURCE(tcp)
SOURCE(udp)
SOURCE(unix)
SOURCE(unixgram)
SOURCE(attach)
SOURCE(fifo)
SOURCE(connect)
SOURCE(exec)
SOURCE(stdin)
SOURCE(file)

/* The shell's commands for the network. */
#ifndef SHELL_NET_H
#define SHELL_NET_H

#include "line.h"

/* Asks an address or a name for four echoes. */
void net_ping(const struct line *line);
/* Prints addresses, and how much came, went and was lost. */
void net_figures(const struct line *line);

#endif

/* The shell's commands for the network. */
#ifndef SHELL_NET_H
#define SHELL_NET_H

#include "line.h"

/* Four echoes of an address or a name. */
void net_ping(const struct line *line);
/* Addresses, and what came, went and was lost. */
void net_figures(const struct line *line);

#endif

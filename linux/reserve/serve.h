/* Keeps a file's sections: starts commands, finds programs (serve.c). */
#ifndef RESERVE_SERVE_H
#define RESERVE_SERVE_H

#include "reserve.h"

/* Serves until a signal ends it. What the groups have stays. */
enum reserve_exit serve(const struct reserve *reserve, const char *root, FILE *out, FILE *err);

#endif

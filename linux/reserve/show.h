/* Says what each group has, uses and waits for (show.c). */
#ifndef RESERVE_SHOW_H
#define RESERVE_SHOW_H

#include "reserve.h"

enum reserve_exit show(const char *root, FILE *out, FILE *err);

#endif

/* A program whose crashes go through the levels, for the tests of the supervisor's policy. */
#ifndef POLICY_PROGRAM_H
#define POLICY_PROGRAM_H

#include <kumiki/rtos/manifest.h>

static const struct rtos_manifest_program keeps = {.pages = 1,
                                                   .keep_pages = 1,
                                                   .delay_ms = 10,
                                                   .delay_most_ms = 100,
                                                   .limit = 3,
                                                   .limit_s = 10,
                                                   .levels = {RTOS_LEVEL_ANEW, RTOS_LEVEL_STOP}};

#endif

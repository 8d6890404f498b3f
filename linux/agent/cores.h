/*
 * kumiki-cores: makes the CPUs of a Linux follow their cores' holders (docs/power.md). main.c is
 * the process around it.
 */
#ifndef AGENT_CORES_H
#define AGENT_CORES_H

#include <libkumiki/libkumiki.h>
#include <stdio.h>

enum agent_exit {
	AGENT_DONE = 0,
	AGENT_FAILED = 1,
	AGENT_USAGE = 2,
	AGENT_NO_PANEL = 3,
};

/* `root`: see kumiki_open(). With "--once" it returns when nothing is left to do. */
int agent_run(int count, char *const arguments[], const char *root, FILE *out, FILE *err);

#endif

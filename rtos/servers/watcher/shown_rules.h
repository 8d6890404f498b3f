/*
 * What a window for managers (shown.h) shows of the rules: which there are, how many findings each
 * has, and whether it can tell: none can while nothing is looked at. Called after each look.
 */
#ifndef WATCHER_SHOWN_RULES_H
#define WATCHER_SHOWN_RULES_H

#include "shown.h"
#include "watch.h"

void shown_rules(struct shown *shown, const struct watch *watch, const struct watch_seen *seen);

#endif

/* What the watcher says of findings, and of what came of them. */
#ifndef WATCHER_WORDS_H
#define WATCHER_WORDS_H

#include "watch.h"
#include <rtos/console.h>

/* It was found; or it is gone. */
void words_finding(const struct watch *watch, struct text *text, const struct finding *finding,
                   bool gone);

/* How old it is at most. */
void words_age(struct text *text, const struct finding *finding, uint64_t now);

/* What a mend came to: the finding is given up, or its task is to end. */
void words_mended(const struct watch *watch, struct text *text, const struct finding *finding,
                  enum mend_result why);

#endif

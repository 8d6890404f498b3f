/* Says why a service was started again. */
#ifndef SERVICE_FAILURE_H
#define SERVICE_FAILURE_H

#include <kumiki/report.h>
#include <service/words.h>

#define FAILURE_TEXT 250u /* more than the longest text */

/* Says how its image was, unless it was whole. */
void failure_say_text(enum service_text text, struct words *words);

void failure_say(const struct service_report *failure, const char *service, struct words *words);

#endif

/* Says why a service was started again. */
#ifndef SERVICE_FAILURE_H
#define SERVICE_FAILURE_H

#include <kumiki/report.h>
#include <service/words.h>

#define FAILURE_TEXT 200u /* more than the longest text */

void failure_say(const struct service_report *failure, const char *service, struct words *words);

#endif

/* This core's part in messages, as it starts. */
#ifndef START_MAIL_BEGIN_H
#define START_MAIL_BEGIN_H

#include <frame/types.h>
#include <kumiki/bundle.h>

/* mail_begin(): sets the classes and targets of messages, before this core posts any.
 * mail_service_priority(): how urgent the console service and the warden are: as urgent as the
 * least urgent partition on their core. */
void mail_begin(void);
uint32_t mail_service_priority(const struct bundle_header *from);

#endif

/* This core's part in messages, as it starts. */
#ifndef START_MAIL_BEGIN_H
#define START_MAIL_BEGIN_H

#include <frame/types.h>
#include <kumiki/bundle.h>

/* Before this core posts anything. And how urgent the console service is: as the least urgent
 * partition on its core. */
void mail_begin(void);
uint32_t mail_service_priority(const struct bundle_header *from);

#endif

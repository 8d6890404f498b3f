/* A core's way in, from the vectors' first C on. */
#ifndef START_CORE_H
#define START_CORE_H

#include <frame/types.h>

/* First C on a core's own stack, in the tables of its way in. Doesn't return. */
void core_main(void);

/* Where the services' images lie. */
extern const uint8_t service_console_image[], service_console_end[];
extern const uint8_t service_loader_image[], service_loader_end[];

#endif

/* The properties of a manifest, by the kind of node: see properties.c. */
#ifndef RTOS_PROPERTIES_H
#define RTOS_PROPERTIES_H

#include <host/words.h>

extern const struct word rtos_words_program[];
extern const struct word rtos_words_window[];
/* What has a name in the system's description. */
extern const struct word rtos_words_called[];
/* For the nodes 'programs', 'windows' and 'partition' themselves. */
extern const struct word rtos_words_list[];

#endif

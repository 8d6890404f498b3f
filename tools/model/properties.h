/* The properties of a system description, by the kind of node: see properties.c. */
#ifndef MODEL_PROPERTIES_H
#define MODEL_PROPERTIES_H

#include <host/words.h>

extern const struct word words_domain[];
extern const struct word words_chosen[];
/* For the nodes 'domains', 'windows', 'doorbells' and 'channels' themselves. */
extern const struct word words_domains[];
extern const struct word words_window[];
extern const struct word words_doorbell[];
extern const struct word words_channel[];
/* For the root. It may also have any property whose name doesn't begin with "kumiki,". */
extern const struct word words_root[];
/* For every other node, with the same rule. */
extern const struct word words_device[];

#endif

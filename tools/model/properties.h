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
/* For the root: beside these, everything that doesn't begin with "kumiki,". */
extern const struct word words_root[];
/* For every other node, likewise. */
extern const struct word words_device[];

#endif

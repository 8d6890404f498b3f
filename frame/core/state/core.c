/* The core's own state; see state/core.h. */
#include <state/core.h>

struct core core CORE_LOCAL;
_Static_assert(offsetof(struct core, reschedule) == 0 && offsetof(struct core, held) == 4,
               "vectors.S looks there");

/*
 * A watcher's mend: the loader service does it at EL0, as it does a debugger's work, while all of
 * the partition's vCPUs stand still. Whatever the box says, only the partition's own memory is read
 * or written.
 */
#ifndef SERVICE_MEND_H
#define SERVICE_MEND_H

#include <kumiki/mend.h>
#include <kumiki/service.h>

/* Makes all changes of the box that the info page names, or none. Returns the status for
 * SERVICE_DONE. */
uint64_t mend_run(const struct loader_info *info);

#endif

/* Seals of the gateway's log (kumiki/rtos/gatelog.h). */
#ifndef LIB_GATELOG_H
#define LIB_GATELOG_H

#include <kumiki/rtos/gatelog.h>
#include <stdbool.h>

/* gatelog_seal() seals a record. `before` is the seal of the record before it; for the first record
 * of a log, it is zeros. */
void gatelog_seal(const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL],
                  struct gatelog_record *record);
bool gatelog_is_sealed(const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL],
                       const struct gatelog_record *record);

#endif

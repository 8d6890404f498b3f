/* Seals of the gateway's log (kumiki/rtos/gatelog.h). */
#ifndef LIB_GATELOG_H
#define LIB_GATELOG_H

#include <kumiki/rtos/gatelog.h>
#include <stdbool.h>

/* Seals the record behind that seal; the first one of a log follows zeros. */
void gatelog_seal(const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL],
                  struct gatelog_record *record);
bool gatelog_is_sealed(const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL],
                       const struct gatelog_record *record);

#endif
